import { once } from "node:events";
import { fstatSync, type Stats, statSync, writeSync } from "node:fs";
import { SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";

/**
 * Do something with a stream, and let go of what is behind it (a file, a connection) in every case: also where it fails
 * before it has begun to read.
 */
export async function withStream<T>(
  stream: ReadableStream<Uint8Array>,
  work: (stream: ReadableStream<Uint8Array>) => Promise<T>,
): Promise<T> {
  try {
    return await work(stream);
  } finally {
    // One that has come to its end, or failed, has let go already.
    await stream.cancel().catch(() => undefined);
  }
}

/** The same chunks; tells after each how many bytes it were so far. */
export async function* countBytes(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.byteLength;
    onBytes?.(bytes);
  }
}

const INPUT = 0;
const NULL_DEVICE = "/dev/null";

/**
 * What comes on standard input, in chunks.
 *
 * @throws {SeamlessError} `NOT_A_FILE` for a directory, and where it is closed; file codes. The signal's reason once it
 * is aborted.
 */
export async function* readStandardInput(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
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

/**
 * Write bytes to standard output, no faster than they are taken there.
 *
 * @returns how many bytes it were.
 * @throws the signal's reason once it is aborted, which also happens when nobody reads any more.
 */
export async function writeStandardOutput(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    bytes += chunk.byteLength;
    if (!process.stdout.write(chunk)) await once(process.stdout, "drain", { signal });
  }
  signal.throwIfAborted();
  return bytes;
}
