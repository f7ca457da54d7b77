// One reader on one input, in this process: what it answers, how much time it takes, and how much memory.
import { GCProfiler } from "node:v8";
import { isSeamlessError } from "@seamless/checksum";

/**
 * What came of one input.
 *
 * @typedef {object} Measured
 * @property {number} bytes - Size of the input.
 * @property {string} answer - `value`, or the code of the error.
 * @property {string} [fault] - Why that is no answer of a good reader.
 * @property {number} nanoseconds - Of CPU.
 * @property {number} memory - In bytes: the heap and all array buffers at their largest, garbage and the result included.
 */

/** Codes that speak of the input. Others blame the caller, or the machine. */
const SPEAKS_OF_INPUT = new Set([
  "INVALID_BUFFER",
  "INVALID_VALUE",
  "INVALID_INDEX",
  "INVALID_CHECKSUM",
  "CONVERSION_FAILED",
  "TOO_LARGE",
  "UNSUPPORTED",
]);

/** In characters: whoever sends megabytes shall not fill logs with them. */
const LONGEST_MESSAGE = 1_000;

/**
 * @param {import("./readers.mjs").Reader} read
 * @param {Uint8Array} bytes
 * @returns {Promise<Measured>}
 */
export async function measure(read, bytes) {
  globalThis.gc?.();
  const before = occupied();
  const profiler = new GCProfiler();
  profiler.start();
  const start = process.cpuUsage();
  const { value, ...answer } = await answerOf(read, bytes);
  const { user, system } = process.cpuUsage(start);
  // Memory shrinks only when garbage is collected: it was largest just before one of those, or is now.
  const peak = profiler.stop().statistics.reduce((most, { beforeGC: { heapStatistics: heap } }) => {
    return Math.max(most, heap.usedHeapSize + heap.externalMemory);
  }, occupied());
  // Up to here the result lives.
  void value;
  return { bytes: bytes.length, ...answer, nanoseconds: 1000 * (user + system), memory: Math.max(0, peak - before) };
}

function occupied() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * What a reader answers, be it good or not.
 *
 * @param {import("./readers.mjs").Reader} read
 * @param {Uint8Array} bytes
 * @returns {Promise<{ answer: string, fault?: string, value?: unknown }>}
 */
export async function answerOf(read, bytes) {
  try {
    return { answer: "value", value: await read(bytes) };
  } catch (error) {
    if (!isSeamlessError(error)) {
      const name = error instanceof Error ? error.name : typeof error;
      return { answer: name, fault: `no error of ours: ${String(error).slice(0, 200)}` };
    }
    const { code, message } = error;
    if (!SPEAKS_OF_INPUT.has(code)) return { answer: code, fault: `an error that is not about the input: ${message}` };
    if (message.length > LONGEST_MESSAGE) return { answer: code, fault: `a message of ${message.length} characters` };
    return { answer: code };
  }
}
