import { fstatSync, type Stats, statSync, writeSync } from "node:fs";
import { SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";

const INPUT = 0;
const NULL_DEVICE = "/dev/null";

/**
 * What comes on standard input, in pieces.
 *
 * @throws {SeamlessError} `NOT_A_FILE` for a directory, and where it is closed; file codes. The signal's reason once it
 * is aborted.
 */
export async function* inputPieces(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const stats = fstatSync(INPUT);
  // Node reads a directory as if it were an empty file.
  if (stats.isDirectory()) throw new SeamlessError("NOT_A_FILE", "cannot read standard input: it is a directory");
  if (isReopened(stats)) {
    const empty = "</dev/null is an empty one";
    throw new SeamlessError("NOT_A_FILE", `cannot read standard input: it is closed (${empty})`);
  }
  const stop = () => process.stdin.destroy();
  signal.addEventListener("abort", stop);
  try {
    yield* failingAs(process.stdin as AsyncIterable<Buffer>);
  } finally {
    signal.removeEventListener("abort", stop);
  }
  // A stream that is destroyed ends as if it had been read.
  signal.throwIfAborted();
}

async function* failingAs(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    throw fileError(error, "standard input", "read");
  }
}

/**
 * Is it the null device that Node puts in the place of a standard input that is closed? That is open for writing too,
 * which a shell's `</dev/null` is not.
 */
function isReopened(stats: Stats): boolean {
  if (!stats.isCharacterDevice() || statSync(NULL_DEVICE, { throwIfNoEntry: false })?.rdev !== stats.rdev) return false;
  try {
    // The null device takes everything.
    writeSync(INPUT, "\0");
    return true;
  } catch {
    return false;
  }
}
