import { Buffer, NdArray, parse, serialize } from "@seamless/celltypes";
import { parseYaml } from "@seamless/celltypes/yaml";
import { Checksum } from "@seamless/checksum";
import { conversionMemo, convert } from "@seamless/conversion";
import { ipythonToPython, isValidPython, loadPython } from "@seamless/python";
import { jsonSample } from "../json-sample.mjs";
import { growth } from "../measure.mjs";
import { configuration } from "./yaml.mjs";

export const question =
  "How do times grow with the size of what is read or written? The ratio is the exponent: 1 is in proportion.";

/** Bytes. */
const LENGTHS = [10 ** 5, 10 ** 6, 10 ** 7];
/** Elements, leaves, lines. */
const COUNTS = [10 ** 3, 10 ** 4, 10 ** 5];

const arrays = (/** @type {number} */ count) =>
  Array.from({ length: count }, (_, i) => ({ name: `leaf ${i}`, data: new Float64Array([i, i + 1, i + 2]) }));
const floats = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => Math.sin(i) * 10 ** (i % 7));
const code = (/** @type {number} */ count) =>
  Array.from({ length: count }, (_, i) => `def f${i}(x, y=[${i}]):\n    return {x: y, "a": x + ${i}}\n\n`).join("");
const cell = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => `x${i} = [${i}]\n`).join("");

export async function answer() {
  await loadPython();
  const plain = LENGTHS.map((length) => jsonSample(length));
  const sample = (/** @type {number} */ length) => plain[LENGTHS.indexOf(length)];
  return [
    await growth("Checksum.of, bytes", [10 ** 6, 10 ** 7, 10 ** 8], (n) => new Uint8Array(n).fill(7), Checksum.of),
    await growth(
      "parse plain, bytes",
      LENGTHS,
      (n) => serialize(sample(n), "plain"),
      (bytes) => parse(bytes, "plain"),
    ),
    await growth(
      "the same, lossless",
      LENGTHS,
      (n) => serialize(sample(n), "plain"),
      (bytes) => parse(bytes, "plain", { lossless: true }),
    ),
    await growth("serialize plain, bytes", LENGTHS, sample, (value) => serialize(value, "plain")),
    await growth("serialize plain, floats with all digits", [10 ** 4, 10 ** 5, 10 ** 6], floats, (value) =>
      serialize(value, "plain"),
    ),
    await growth(
      "write .npy, float64s",
      [10 ** 5, 10 ** 6, 10 ** 7],
      (n) => new NdArray(new Float64Array(n).fill(0.5)),
      (array) => serialize(array, "binary"),
    ),
    await growth("write mixed, small arrays", COUNTS, arrays, (value) => serialize(value, "mixed")),
    await growth(
      "read mixed, small arrays",
      COUNTS,
      (n) => serialize(arrays(n), "mixed"),
      (bytes) => parse(bytes, "mixed"),
    ),
    await growth(
      "plain→binary, float64s",
      [10 ** 4, 10 ** 5, 10 ** 6],
      (n) => new Buffer(floats(n), "plain"),
      (buffer) => change(buffer),
    ),
    await growth("parseYaml, services of 450 characters", [100, 1000, 10_000], configuration, parseYaml, { rounds: 3 }),
    await growth("isValidPython, functions", COUNTS, code, isValidPython, { rounds: 3 }),
    await growth("ipythonToPython, lines", COUNTS, cell, ipythonToPython),
  ];
}

/** @param {Buffer} buffer */
async function change(buffer) {
  conversionMemo.clear();
  await convert(buffer.getChecksum(), "plain", "binary", async () => buffer);
}
