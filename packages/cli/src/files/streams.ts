import { once } from "node:events";
import { fstatSync, type Stats, statSync, writeSync } from "node:fs";
import { SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { onAbort } from "@seamless/internal/abort";

/**
 * Runs work on a stream and then cancels the stream, so that its file or connection is closed even if nothing was read.
 */
export async function withStream<T>(
  stream: ReadableStream<Uint8Array>,
  work: (stream: ReadableStream<Uint8Array>) => Promise<T>,
): Promise<T> {
  try {
    return await work(stream);
  } finally {
    // Cancelling fails for a stream that has failed: its error has already been thrown to the reader.
    await stream.cancel().catch(() => undefined);
  }
}

/** Passes chunks on, and reports after each one the number of bytes so far. */
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
 * Reads standard input.
 *
 * @throws {SeamlessError} `NOT_A_FILE` for a directory, and where it is closed; file codes. The signal's reason once it
 * is aborted.
 */
export async function* readStandardInput(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const stats = lookAtInput();
  // Node reads a directory like an empty file.
  if (stats.isDirectory()) throw new SeamlessError("NOT_A_FILE", "cannot read standard input: it is a directory");
  if (isReopened(stats)) {
    const empty = "use </dev/null for an empty one";
    throw new SeamlessError("NOT_A_FILE", `cannot read standard input: it is closed (${empty})`);
  }
  const forget = onAbort(signal, () => process.stdin.destroy());
  try {
    yield* failingAs(process.stdin as AsyncIterable<Buffer>);
  } finally {
    forget();
  }
  // A destroyed stream ends like one that was read to its end.
  signal.throwIfAborted();
}

function lookAtInput(): Stats {
  try {
    return fstatSync(INPUT);
  } catch (error) {
    throw fileError(error, "standard input", "read");
  }
}

async function* failingAs(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    throw fileError(error, "standard input", "read");
  }
}

/**
 * Is this the null device that Node opens in place of a closed standard input? It is open for writing too, unlike a
 * shell's `</dev/null`.
 */
function isReopened(stats: Stats): boolean {
  if (!stats.isCharacterDevice() || statSync(NULL_DEVICE, { throwIfNoEntry: false })?.rdev !== stats.rdev) return false;
  try {
    // Harmless: the null device discards it.
    writeSync(INPUT, "\0");
    return true;
  } catch {
    return false;
  }
}

/**
 * Writes bytes to standard output, no faster than they are read there.
 *
 * @returns the number of bytes.
 * @throws the signal's reason once it is aborted, which also happens when the reader closes the pipe.
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
