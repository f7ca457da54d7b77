import { constants } from "node:fs";
import { access, type FileHandle, lstat, stat } from "node:fs/promises";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { fileError, readHandle } from "@seamless/checksum/node";
import { openRegular } from "@seamless/internal/regular-file";
import { showPath } from "@seamless/internal/text";
import type { ChunkMemory } from "@seamless/store";

/** In bytes: about a millisecond of hashing, so that nobody waits long for the event loop. */
const SLICE = 2 ** 20;
/** Smaller chunks are mostly overhead, in bytes. */
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
 * Open a regular file.
 *
 * @returns `undefined` if there is none: proven absence.
 * @throws {SeamlessError} `NOT_A_FILE`, `PERMISSION_DENIED`, `IO_ERROR` and other file codes.
 */
export async function openFile(path: string): Promise<OpenFile | undefined> {
  try {
    const { handle, stats } = await openRegular(path, () => irregularError(path));
    return { path, handle, size: stats.size };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, path, "read");
    // It may have been written between the two looks.
    return (await lookAt(path)) === undefined ? undefined : openFile(path);
  }
}

/**
 * All bytes of a file, which are the caller's.
 *
 * @param onSlice - Told of each slice as it comes, to hash it.
 * @throws {SeamlessError} `TOO_LARGE` for what an array of bytes cannot hold; file codes.
 */
export async function readWhole(
  { path, handle, size }: OpenFile,
  onSlice: (bytes: Uint8Array) => void,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = allocate(path, size);
  for (let filled = 0; filled < size; ) {
    signal?.throwIfAborted();
    const count = await readAt(path, handle, bytes.subarray(filled, filled + SLICE), filled);
    // Cut off while it was read: what is there does not have the checksum.
    if (count === 0) return bytes.subarray(0, filled);
    onSlice(bytes.subarray(filled, filled + count));
    filled += count;
  }
  return bytes;
}

const OWN_MEMORY: ChunkMemory = {
  async fill(size, write) {
    const chunk = new Uint8Array(size);
    return chunk.subarray(0, await write(chunk));
  },
};

/**
 * The bytes of an open file as chunks, each of its own memory unless there is some for them.
 *
 * @param chunkSize - What is wished, in bytes.
 */
export async function* chunks(
  { path, handle, size }: OpenFile,
  chunkSize = SLICE,
  memory = OWN_MEMORY,
): AsyncGenerator<Uint8Array, void, undefined> {
  const slice = Math.min(SLICE, Math.max(LEAST_SLICE, chunkSize));
  for (let position = 0; ; ) {
    // What is read beyond the size is what somebody has just added, or nothing.
    const wanted = Math.min(slice, Math.max(PAGE, size - position));
    const chunk = await memory.fill(wanted, (into) => readAt(path, handle, into, position));
    if (chunk.byteLength === 0) return;
    position += chunk.byteLength;
    yield chunk;
  }
}

/** Some bytes of an open file: fewer where it ends. */
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
    const fault = `an array of bytes cannot be that long (${size}): read it as a stream`;
    throw new SeamlessError("TOO_LARGE", `${showPath(path)} is too large to be read at once: ${fault}`, {
      file: path,
      cause,
    });
  }
}

/** What the system says of a file. */
export interface FileFacts {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modified: number;
  /** Whether it lets everybody read it: else it has to be asked for. */
  readonly open: boolean;
}

/**
 * Look at a regular file, or a link to one.
 *
 * @returns `undefined` if there is nothing by this name: proven absence.
 * @throws {SeamlessError} `NOT_A_FILE`; `IO_ERROR` for a link that leads nowhere, which says nothing about the buffer: the
 * disk that it leads to may be away; other file codes.
 */
export async function lookAt(path: string): Promise<FileFacts | undefined> {
  try {
    let stats = await lstat(path);
    if (stats.isSymbolicLink()) stats = await stat(path);
    if (!stats.isFile()) throw irregularError(path);
    return { path, size: stats.size, modified: stats.mtimeMs, open: (stats.mode & 0o444) === 0o444 };
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && syscall === "lstat") return undefined;
    if (code !== "ENOENT") throw fileError(error, path, "read");
    throw new SeamlessError("IO_ERROR", `cannot read ${showPath(path)}: it is a link that leads nowhere`, {
      file: path,
    });
  }
}

/** The same, but `undefined` also for what cannot be looked at: for those who leave the report of that to others. */
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
 * See that a file can be read, which the look at it does not show: uploads to hashservers in Python may be read by their owner
 * alone.
 *
 * @throws {SeamlessError} `PERMISSION_DENIED` and other file codes.
 */
export async function requireReadable({ path, open }: FileFacts): Promise<void> {
  if (open) return;
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    throw fileError(error, path, "read");
  }
}
