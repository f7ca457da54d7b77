import { once } from "node:events";
import { createReadStream, fstatSync, type Stats, statSync, writeSync } from "node:fs";
import { stat } from "node:fs/promises";
import { SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { onAbort } from "@seamless/internal/abort";
import { showPath } from "@seamless/internal/text";
import { standardOutput } from "../program/output.ts";

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
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.byteLength;
    onBytes?.(bytes);
  }
}

/** Bytes that are there, as chunks. */
export async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
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
    yield* failingAs(process.stdin as AsyncIterable<Buffer>, "standard input");
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

async function* failingAs(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    throw fileError(error, name, "read");
  }
}

/** Where an open pipe has a name, as `<(…)` of a shell has: somebody writes to it. */
const OPEN_PIPE = /^\/(?:dev|proc\/(?:self|\d+))\/fd\//;

/**
 * Checks that a file can be read without a wait for somebody to write to it.
 *
 * @throws {SeamlessError} `NOT_A_FILE` for a FIFO in a folder; file codes.
 */
export async function refuseFifo(path: string): Promise<void> {
  const stats = await stat(path).catch((error) => {
    throw fileError(error, path, "read");
  });
  if (!stats.isFIFO() || OPEN_PIPE.test(path)) return;
  const fault = `cannot read ${showPath(path)}: it is a FIFO, not a regular file`;
  throw new SeamlessError("NOT_A_FILE", fault, { file: path });
}

/**
 * Reads a file of any kind, also a pipe (`<(…)` of a shell); `-` is standard input.
 *
 * @throws {SeamlessError} as `readStandardInput`.
 */
export async function* readInput(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  if (path === "-") return yield* readStandardInput(signal);
  const stream = createReadStream(path);
  const forget = onAbort(signal, () => stream.destroy());
  try {
    yield* failingAs(stream, path);
  } finally {
    forget();
  }
  signal.throwIfAborted();
}

/** Waits until standard output has taken what was printed, so that a long list is made no faster than it is read. */
export async function drained(signal: AbortSignal): Promise<void> {
  if (standardOutput.needsDrain) await once(standardOutput.stream, "drain", { signal });
  signal.throwIfAborted();
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
    if (!standardOutput.write(chunk)) await once(standardOutput.stream, "drain", { signal });
  }
  signal.throwIfAborted();
  return bytes;
}
