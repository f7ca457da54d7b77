import { Checksum } from "@seamless/checksum";
import { collectGarbage } from "@seamless/store/housekeeping";
import { exponent } from "../measure.mjs";

export const question =
  "What does it take to find the garbage of a store, beside what the store takes to list and read? Half of it is kept, by one index.";

const SIZES = [20_000, 200_000, 2_000_000];

export async function answer() {
  const found = [];
  for (const size of SIZES) found.push(await collect(size));
  const [times, memory] = [found.map(({ time }) => time), found.map(({ bytes }) => bytes)];
  const largest = SIZES.at(-1) ?? 1;
  const sizes = SIZES.map((size) => size.toLocaleString("en")).join(" → ");
  return [
    { subject: "time: exponent", peer: sizes, ours: times.at(-1) ?? 0, theirs: times[0] ?? 0, unit: "ms" },
    { subject: "memory: exponent", peer: sizes, ours: mib(memory.at(-1)), theirs: mib(memory[0]), unit: "MiB" },
  ]
    .map((row, i) => ({ ...row, ratio: exponent(SIZES, i === 0 ? times : memory), atMost: 1.1 }))
    .concat([
      {
        subject: "peak memory for each buffer, of 2 × 10⁶",
        peer: "128 bytes",
        ours: (memory.at(-1) ?? 0) / largest,
        theirs: 128,
        unit: "B",
        ratio: (memory.at(-1) ?? 0) / largest / 128,
        atMost: 1,
      },
    ]);
}

const mib = (/** @type {number | undefined} */ bytes) => (bytes ?? 0) / 2 ** 20;

/** @param {number} size - Buffers in the store. */
async function collect(size) {
  const root = Checksum.of(new Uint8Array(1));
  const store = storeOf(size, root);
  globalThis.gc?.();
  const used = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  let [bytes, calls] = [0, 0];
  const start = performance.now();
  const { garbage } = await collectGarbage(/** @type {any} */ (store), {
    roots: [root],
    minAge: 0,
    onProgress() {
      // Each thousandth: to ask takes longer than what is measured.
      if (++calls % 1000 === 0) bytes = Math.max(bytes, used() - before);
    },
  });
  const time = performance.now() - start;
  if (garbage.buffers !== size / 2) throw new Error(`${garbage.buffers} are garbage`);
  return { time, bytes };
}

/**
 * A store that takes no memory: buffers of eight bytes that lead nowhere, and an index that names every second.
 *
 * @param {number} size
 * @param {Checksum} root
 */
function storeOf(size, root) {
  const hexOf = (/** @type {number} */ i) => (i * 2 + 1).toString(16).padStart(16, "0").repeat(4);
  return {
    name: "none",
    writable: true,
    async *list() {
      yield { checksum: root, stored: 70, modified: 0 };
      for (let i = 0; i < size; i++) yield { checksum: new Checksum(hexOf(i)), stored: 8, modified: 0 };
    },
    async delete() {
      return true;
    },
    async has(/** @type {readonly Checksum[]} */ checksums) {
      return checksums.map(() => true);
    },
    async getStream(/** @type {Checksum} */ checksum) {
      return checksum.equals(root) ? index(size, hexOf) : new Blob([new Uint8Array(8)]).stream();
    },
  };
}

/**
 * @param {number} size
 * @param {(i: number) => string} hexOf
 */
function index(size, hexOf) {
  const encoder = new TextEncoder();
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const lines = [];
      for (const end = Math.min(size, next + 2000); next < end; next += 2) lines.push(`"f${next}":"${hexOf(next)}"`);
      controller.enqueue(encoder.encode(`${next <= 2000 ? "{" : ","}${lines.join(",")}${next >= size ? "}" : ""}`));
      if (next >= size) controller.close();
    },
  });
}
