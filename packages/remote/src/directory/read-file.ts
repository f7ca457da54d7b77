import { constants } from "node:fs";
import { access, type FileHandle, lstat, stat } from "node:fs/promises";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { openRegular, readHandle } from "@seamless/internal/files";
import { showPath } from "@seamless/internal/text";
import type { ChunkMemory } from "@seamless/store";
import { isSurelyReadable } from "./readable.ts";

/** In bytes: about a millisecond of hashing, so that the event loop is not blocked for longer. */
const SLICE = 2 ** 20;
/** Least size of a chunk, in bytes: smaller ones are mostly overhead. */
const LEAST_SLICE = 2 ** 14;
const PAGE = 2 ** 12;

/** A file that is open for reading. */
export interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** In bytes. */
  readonly size: number;
}

/**
 * Opens a regular file for reading.
 *
 * @returns `undefined` if it is proven not to exist.
 * @throws {SeamlessError} `NOT_A_FILE`, `PERMISSION_DENIED`, `IO_ERROR` and other file codes.
 */
export async function openFile(path: string): Promise<OpenFile | undefined> {
  try {
    const { handle, stats } = await openRegular(path, () => irregularError(path));
    return { path, handle, size: stats.size };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, path, "read");
    // Absent, a broken link, or written between the two looks.
    return (await lookAt(path)) === undefined ? undefined : openFile(path);
  }
}

/**
 * Reads a whole file into new memory.
 *
 * @param onSlice - Called with each slice as it is read, to hash it.
 * @throws {SeamlessError} `TOO_LARGE` for a file that is too large for one array; file codes.
 */
export async function readWhole(
  { path, handle, size }: OpenFile,
  onSlice: (bytes: Uint8Array) => void,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = allocate(path, size);
  const readFrom = (start: number) => readAt(path, handle, bytes.subarray(start, start + SLICE), start);
  let filled = 0;
  // The next slice is read while this one is hashed: 100 MB take as long as the hashing alone, and a sixth.
  let next = size === 0 ? undefined : readFrom(0);
  try {
    while (next !== undefined) {
      signal?.throwIfAborted();
      const count = await next;
      // Truncated while it was read; the checksum will tell.
      if (count === 0) return bytes.subarray(0, filled);
      const slice = bytes.subarray(filled, filled + count);
      filled += count;
      next = filled < size ? readFrom(filled) : undefined;
      onSlice(slice);
    }
    return bytes;
  } finally {
    // Nothing may still be read into the memory, or from the file, once this is over.
    await next?.catch(() => undefined);
  }
}

const OWN_MEMORY: ChunkMemory = {
  async fill(size, write) {
    const chunk = new Uint8Array(size);
    return chunk.subarray(0, await write(chunk));
  },
};

/**
 * Reads an open file in chunks.
 *
 * @param chunkSize - Wished size, in bytes.
 * @param memory - Where the chunks are put; by default each gets new memory.
 * @param start - In bytes from the start of the file.
 */
export async function* chunks(
  { path, handle, size }: OpenFile,
  chunkSize = SLICE,
  memory = OWN_MEMORY,
  start = 0,
): AsyncGenerator<Uint8Array, void, undefined> {
  const slice = Math.min(SLICE, Math.max(LEAST_SLICE, chunkSize));
  for (let position = start; ; ) {
    // Reading goes on beyond the size, in case the file has grown.
    const wanted = Math.min(slice, Math.max(PAGE, size - position));
    const chunk = await memory.fill(wanted, (into) => readAt(path, handle, into, position));
    if (chunk.byteLength === 0) return;
    position += chunk.byteLength;
    yield chunk;
  }
}

/** Reads some bytes of an open file; fewer than asked for at its end. */
export async function readPart({ path, handle }: OpenFile, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, await readAt(path, handle, bytes, position));
}

async function readAt(path: string, handle: FileHandle, into: Uint8Array, position: number): Promise<number> {
  try {
    return await readHandle(handle, into, position);
  } catch (error) {
    throw fileError(error, path, "read");
  }
}

function allocate(path: string, size: number): Uint8Array {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    const fault = `an array cannot have ${size} bytes: read it as a stream`;
    throw new SeamlessError("TOO_LARGE", `${showPath(path)} is too large to be read at once: ${fault}`, {
      file: path,
      cause,
    });
  }
}

/** What `stat` says of a file. */
export interface FileFacts {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modified: number;
  /** Whether we surely may read it. */
  readonly readable: boolean;
}

/**
 * Looks at a regular file, or a link to one, without opening it.
 *
 * @returns `undefined` if it is proven not to exist.
 * @throws {SeamlessError} `NOT_A_FILE`; `IO_ERROR` for a broken link, which proves nothing: the disk that it leads to may not
 * be mounted; other file codes.
 */
export async function lookAt(path: string): Promise<FileFacts | undefined> {
  try {
    let stats = await lstat(path);
    if (stats.isSymbolicLink()) stats = await stat(path);
    if (!stats.isFile()) throw irregularError(path);
    return { path, size: stats.size, modified: stats.mtimeMs, readable: isSurelyReadable(stats) };
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && syscall === "lstat") return undefined;
    if (code !== "ENOENT") throw fileError(error, path, "read");
    throw new SeamlessError("IO_ERROR", `cannot read ${showPath(path)}: it is a broken link`, {
      file: path,
    });
  }
}

/** The same, but `undefined` also for what cannot be looked at: where an error is reported elsewhere or does not matter. */
export async function tryLookAt(path: string): Promise<FileFacts | undefined> {
  try {
    return await lookAt(path);
  } catch (error) {
    if (isSeamlessError(error)) return undefined;
    throw error;
  }
}

function irregularError(path: string): SeamlessError {
  return new SeamlessError("NOT_A_FILE", `cannot read ${showPath(path)}: it is not a regular file`, { file: path });
}

/**
 * Checks that we may read a file, without opening it: uploads to hashservers in Python may be readable only for their owner.
 *
 * @throws {SeamlessError} `PERMISSION_DENIED` and other file codes.
 */
export async function requireReadable({ path, readable }: FileFacts): Promise<void> {
  if (readable) return;
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    throw fileError(error, path, "read");
  }
}
