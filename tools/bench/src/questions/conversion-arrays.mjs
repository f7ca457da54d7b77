import { Buffer, Float, NdArray, parse, serialize } from "@seamless/celltypes";
import { conversionMemo, convert } from "@seamless/conversion";
import { compare } from "../measure.mjs";

export const question = "What does converting an array cost over reading or writing it?";

/** Why nothing better than the targets can be expected. */
export const why = {
  "plain→binary, 1 million any float64s": "these two calls, and a look at whether they lose anything",
};

const SIZE = 1_000_000;
const decoder = new TextDecoder();

export async function answer() {
  const rows = [];
  for (const [kind, numbers] of Object.entries({
    "any float64s": Array.from({ length: SIZE }, (_, i) => Math.sin(i) * 10 ** (i % 7)),
    "whole float64s": Array.from({ length: SIZE }, (_, i) => i),
  })) {
    const [large, small] = [SIZE, SIZE / 10].map((size) => sample(numbers.slice(0, size)));
    if (large === undefined || small === undefined) throw new Error("unreachable");
    rows.push(
      ...(await compare(
        { name: 'parse(bytes, "plain")', run: () => parse(large.bytes, "plain") },
        [{ name: `plain→binary, 1 million ${kind}`, run: () => change(large.plain, "plain", "binary"), atMost: 2 }],
        { rounds: 9, warmup: 2 },
      )),
      ...(await compare(
        {
          name: "JSON.parse, Float64Array.from",
          run: () => Float64Array.from(JSON.parse(decoder.decode(large.bytes))),
        },
        [{ name: `plain→binary, 1 million ${kind}`, run: () => change(large.plain, "plain", "binary"), atMost: 1.3 }],
        { rounds: 15, warmup: 3 },
      )),
      ...(await compare(
        { name: 'serialize(list, "plain")', run: () => serialize(large.list, "plain") },
        [{ name: `binary→plain, 1 million ${kind}`, run: () => change(large.binary, "binary", "plain"), atMost: 2 }],
        { rounds: 9, warmup: 2 },
      )),
      ...(await linear(`plain→binary, ${kind}`, (n) => change((n === SIZE ? large : small).plain, "plain", "binary"))),
      ...(await linear(`binary→plain, ${kind}`, (n) => change((n === SIZE ? large : small).binary, "binary", "plain"))),
    );
  }
  return rows;
}

/** @param {readonly number[]} numbers */
function sample(numbers) {
  const list = numbers.map((x) => (Number.isInteger(x) ? new Float(x) : x));
  const binary = new Buffer(new NdArray(Float64Array.from(numbers)), "binary");
  const plain = new Buffer(list, "plain");
  // Not its own: what is given out is hashed again.
  return { list, plain, bytes: plain.getValueSync("bytes"), binary };
}

/**
 * A conversion that is done: the memo is empty.
 *
 * @param {Buffer} buffer
 * @param {"plain" | "binary"} source
 * @param {"plain" | "binary"} target
 */
async function change(buffer, source, target) {
  conversionMemo.clear();
  const converted = await convert(buffer.getChecksum(), source, target, async () => buffer);
  if (converted.buffer === undefined) throw new Error(`${source} to ${target} made no buffer`);
}

/**
 * One of a million elements against ten of a tenth.
 *
 * @param {string} name
 * @param {(size: number) => Promise<void>} work
 */
function linear(name, work) {
  const ten = async () => {
    for (let i = 0; i < 10; i++) await work(SIZE / 10);
  };
  return compare(
    { name: "10 of 100,000", run: ten },
    [{ name: `${name}, 1 of a million`, run: () => work(SIZE), atMost: 1.5 }],
    { rounds: 7, warmup: 1 },
  );
}
