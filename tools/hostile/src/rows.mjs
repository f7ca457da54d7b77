// All shapes through their readers: one row each, and what is wrong with it.
import { availableParallelism } from "node:os";
import { doAll } from "./pool.mjs";
import { allShapes } from "./shapes/index.mjs";

/**
 * A shape through a reader.
 *
 * @typedef {object} Row
 * @property {string} shape
 * @property {string} reader
 * @property {string} answer - To the larger input: `value`, or the code of the error.
 * @property {number} bytes - Size of the larger input.
 * @property {number} nsPerByte - CPU time for a byte of it, in nanoseconds.
 * @property {number} memoryPerByte - Bytes of memory, at most, for a byte of it.
 * @property {number} timeGrowth - Time for the larger input, in times of the smaller one's.
 * @property {number} memoryGrowth
 * @property {string[]} faults
 */

/** In bytes: of what is shorter nothing can be said for a byte. */
const LEAST = 4_096;
/** Times the size of the smaller input. */
const LARGER = 4;
/** Memory for a byte of the input, and what any input may take. */
const MEMORY = { perByte: 3_000, free: 64 * 2 ** 20 };
/**
 * Times the memory for four times the bytes, and how much more may be chance: garbage that nobody has collected yet. V8 lets
 * array buffers grow by 64 MiB before it collects because of them, and new objects by 32; 73 MiB were seen.
 */
const GROWTH = { most: 2 * LARGER, chance: 96 * 2 ** 20 };

/**
 * @param {object} options
 * @param {number} options.size - Of the inputs, in bytes; each comes in a quarter of it, too.
 * @param {(name: string) => boolean} [options.only] - Of `shape reader`.
 * @param {number} [options.deadline] - For one row, in milliseconds.
 * @param {number} [options.processes]
 * @returns {Promise<Row[]>}
 */
export async function measureRows(options) {
  const { size, only = () => true, deadline = 60_000, processes = Math.min(2, availableParallelism()) } = options;
  const smaller = Math.ceil(size / LARGER);
  const inputs = { warmUp: Math.ceil(smaller / 2), sizes: [smaller, size] };
  const tasks = allShapes
    .flatMap(({ name: shape, readers }) => readers.map((reader) => ({ shape, reader, ...inputs })))
    .filter(({ shape, reader }) => only(`${shape} ${reader}`));
  const answers = await doAll(tasks, { processes, deadline });
  return tasks.map(({ shape, reader }, i) => {
    const answer = answers[i] ?? { ended: "never asked" };
    return { shape, reader, ...("ended" in answer ? ended(answer.ended) : rowOf(answer.measured)) };
  });
}

/**
 * @param {string} why
 * @returns {Omit<Row, "shape" | "reader">}
 */
function ended(why) {
  const worst = Number.POSITIVE_INFINITY;
  const figures = { bytes: 0, nsPerByte: worst, memoryPerByte: worst, timeGrowth: worst, memoryGrowth: worst };
  return { answer: "none", ...figures, faults: [why] };
}

/**
 * @param {readonly import("./measure.mjs").Measured[]} measured
 * @returns {Omit<Row, "shape" | "reader">}
 */
function rowOf(measured) {
  const [one, four] = /** @type {[any, any]} */ (measured.slice(-2));
  const memoryGrowth = four.memory / Math.max(one.memory, 2 ** 20);
  const faults = measured.flatMap(({ fault }) => fault ?? []);
  for (const { bytes, memory } of measured) {
    if (memory > MEMORY.perByte * bytes + MEMORY.free) faults.push(`${memory} bytes of memory for ${bytes}`);
  }
  if (four.memory > GROWTH.most * one.memory + GROWTH.chance) {
    faults.push(`${LARGER} times the bytes take ${memoryGrowth.toFixed(1)} times the memory`);
  }
  return {
    answer: four.answer,
    bytes: four.bytes,
    nsPerByte: four.nanoseconds / Math.max(four.bytes, LEAST),
    memoryPerByte: four.memory / Math.max(four.bytes, LEAST),
    timeGrowth: four.nanoseconds / Math.max(one.nanoseconds, 1000),
    memoryGrowth,
    faults: [...new Set(faults)],
  };
}
