import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { SeamlessError } from "@seamless/checksum";
import { fileError, readHandle, showPath } from "@seamless/checksum/node";

/** The bytes of an open file: as often as they are wanted, from one handle, in constant memory. */
export interface FileSource {
  /** In bytes. */
  readonly length: number;
  /**
   * Afresh from the start. The next piece has the memory of the last.
   *
   * @param onBytes - Told after each piece how many bytes it were so far.
   * @throws {SeamlessError} `FILE_CHANGED` if the file moved since it was opened: before its end, so that nobody takes
   * the bytes for whole; file codes.
   */
  pieces(onBytes?: (bytes: number) => void): AsyncGenerator<Uint8Array, void, undefined>;
}

/** In bytes: few system calls, and little for many files at a time. */
const PIECE = 2 ** 18;
// Non-blocking: a file that was swapped for a FIFO must not hang us.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * In bytes: files up to this are read at once, synchronously, which takes some µs. By way of the thread pool each of the
 * five calls takes ten times that, and with many files it is most of the work.
 */
const SMALL = 2 ** 16;

/**
 * Open a regular file for as long as some work takes.
 *
 * @throws {SeamlessError} `NOT_A_FILE`, `NOT_FOUND`, `PERMISSION_DENIED` and other file codes; what the work throws.
 */
export async function withFile<T>(path: string, work: (source: FileSource) => Promise<T>): Promise<T> {
  const small = readSmall(path);
  if (small !== undefined) return work(memorySource(small));
  const handle = await ofFile(path, open(path, FLAGS));
  try {
    const stats = await ofFile(path, handle.stat());
    refuseIrregular(path, stats);
    return await work(handleSource(handle, path, stats));
  } finally {
    await handle.close();
  }
}

/** The bytes of a small file; `undefined` if it is larger. */
function readSmall(path: string): Uint8Array | undefined {
  try {
    const file = openSync(path, FLAGS);
    try {
      const stats = fstatSync(file);
      refuseIrregular(path, stats);
      if (stats.size > SMALL) return undefined;
      const bytes = new Uint8Array(stats.size);
      const count = readSync(file, bytes, 0, stats.size, 0);
      refuseIfMoved(path, stats, fstatSync(file));
      if (count < stats.size) throw changed(path);
      return bytes;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError(error, path, "read");
  }
}

/** Bytes that are in memory, as they would be in a file. */
export function memorySource(bytes: Uint8Array): FileSource {
  return {
    length: bytes.byteLength,
    async *pieces(onBytes) {
      if (bytes.byteLength > 0) yield bytes;
      onBytes?.(bytes.byteLength);
    },
  };
}

function refuseIrregular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw new SeamlessError("NOT_A_FILE", `cannot read ${showPath(path)}: it is not a regular file`, { file: path });
}

/** What an open file holds that had these properties. */
export function handleSource(handle: FileHandle, path: string, stats: Stats): FileSource {
  return {
    length: stats.size,
    async *pieces(onBytes) {
      const buffer = new Uint8Array(Math.min(PIECE, stats.size));
      for (let at = 0; at < stats.size; ) {
        const free = buffer.subarray(0, Math.min(PIECE, stats.size - at));
        const bytesRead = await ofFile(path, readHandle(handle, free, at));
        at += bytesRead;
        // The last piece completes the bytes for whoever takes them: what is wrong must be known before.
        if (bytesRead === 0 || at === stats.size) refuseIfMoved(path, stats, await ofFile(path, handle.stat()));
        if (bytesRead === 0) throw changed(path);
        yield buffer.subarray(0, bytesRead);
        onBytes?.(at);
      }
    },
  };
}

/** The bytes changed under whoever was reading them, now or since they were hashed. */
export function changed(path: string, since = "while it was read"): SeamlessError {
  return new SeamlessError("FILE_CHANGED", `${showPath(path)} changed ${since}: try again when it is at rest`, {
    file: path,
  });
}

function refuseIfMoved(path: string, before: Stats, after: Stats): void {
  const atRest = before.size === after.size && before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs;
  if (!atRest) throw changed(path);
}

function ofFile<T>(path: string, operation: Promise<T>): Promise<T> {
  return operation.catch((error) => {
    throw fileError(error, path, "read");
  });
}
