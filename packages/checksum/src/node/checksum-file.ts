import { closeSync, fstatSync, readSync, type Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { AbortOptions } from "@seamless/internal/abort";
import { nodeCrypto } from "@seamless/internal/builtins";
import { readHandle } from "@seamless/internal/files";
import { describe, showPath } from "@seamless/internal/text";
import { Checksum } from "../checksum.ts";
import { isSeamlessError, SeamlessError } from "../errors.ts";
import { type Decode, type ProvenDecoding, proveDecoding } from "../proven-decoding.ts";
import { writeStamp } from "./file-stamp.ts";
import { asPath, fileError } from "./path.ts";
import { failIfChanged, openRegular, openRegularSync } from "./read-file.ts";

export interface ChecksumFileOptions extends AbortOptions {
  /** Called after each slice with the bytes read so far, and the size of the file, in bytes. */
  readonly onProgress?: ((progress: { readonly bytes: number; readonly totalBytes: number }) => void) | undefined;
  /**
   * For the checksum of what a compressed file holds, in place of its own.
   * @default the bytes as they are
   */
  readonly decode?: Decode | undefined;
}

/** At 0.4 GB/s, SHA-256 without hardware help, this takes 3 ms. */
const SLICE = 2 ** 20;
/** How many slices are read while one is hashed: measured faster than one synchronous loop, which hashes or reads. */
const PREFETCHED = 3;

/**
 * The checksum of a file of any size, in constant memory: a few reused buffers.
 *
 * @param file - A regular file or a link to one.
 * @throws {SeamlessError} `FILE_CHANGED` if its size or times of change moved meanwhile; `NOT_A_FILE`,
 * `NOT_FOUND`, `PERMISSION_DENIED` and other file codes. What `onProgress` throws passes unchanged.
 *
 * @example
 * import { writeFile } from "node:fs/promises";
 * import { checksumFile } from "@seamless/checksum/node";
 * await writeFile("hello.txt", "hello\n");
 * console.log((await checksumFile("hello.txt")).hex());
 * // → 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
 */
export async function checksumFile(file: string | URL, options: ChecksumFileOptions = {}): Promise<Checksum> {
  options.signal?.throwIfAborted();
  return (await hashFile(asPath(file), options)).checksum;
}

/**
 * What a compressed file holds, of any size, in constant memory: its checksum and length, and the proof of both.
 *
 * @param file - A regular file or a link to one.
 * @throws {SeamlessError} as `checksumFile`; `INVALID_BUFFER` for what cannot be decompressed.
 *
 * @example
 * import { writeFile } from "node:fs/promises";
 * import { Readable } from "node:stream";
 * import { createGunzip, gzipSync } from "node:zlib";
 * import { proveFileDecoding } from "@seamless/checksum/node";
 * await writeFile("hello.txt.gz", gzipSync("hello\n"));
 * const gunzip = (chunks) => Readable.from(chunks).pipe(createGunzip());
 * const { checksum, length } = await proveFileDecoding("hello.txt.gz", gunzip);
 * console.log(checksum.hex(), length); // → 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 6
 */
export async function proveFileDecoding(
  file: string | URL,
  decode: Decode,
  options: Omit<ChecksumFileOptions, "decode"> = {},
): Promise<ProvenDecoding> {
  options.signal?.throwIfAborted();
  return (await hashFile(asPath(file), { ...options, decode })).decoding!;
}

interface HashFileOptions extends ChecksumFileOptions {
  /** Gets the stamp of the file. */
  readonly stamp?: Float64Array | undefined;
}

/** As `checksumFile`, of a path; also the length of what was hashed, in bytes, and of what was decompressed the proof. */
export async function hashFile(
  path: string,
  { signal, onProgress, decode, stamp }: HashFileOptions,
): Promise<{ checksum: Checksum; length: number; decoding?: ProvenDecoding }> {
  const { handle, stats } = await openRegular(path);
  try {
    let bytes = 0;
    const slices = async function* () {
      for await (const slice of prefetch(path, handle, stats)) {
        signal?.throwIfAborted();
        bytes += slice.byteLength;
        yield slice;
        onProgress?.({ bytes, totalBytes: stats.size });
      }
    };
    const hash = nodeCrypto().createHash("sha256");
    const decoding = decode && (await decoded(path, decode, slices()));
    if (decoding === undefined) for await (const slice of slices()) hash.update(slice);
    failIfChanged(path, stats, await ofFile(path, handle.stat()), bytes);
    if (stamp !== undefined) writeStamp(stats, () => fstatSync(handle.fd, { bigint: true }), stamp);
    if (decoding === undefined) return { checksum: new Checksum(hash.digest("hex")), length: bytes };
    return { checksum: decoding.checksum, length: decoding.length, decoding };
  } finally {
    await handle.close();
  }
}

/** What the decoder itself throws becomes an error that names the file. */
async function decoded(path: string, decode: Decode, slices: AsyncIterable<Uint8Array>): Promise<ProvenDecoding> {
  let failure: { readonly reason: unknown } | undefined;
  const watched = (async function* () {
    try {
      yield* slices;
    } catch (reason) {
      failure = { reason };
      throw reason;
    }
  })();
  try {
    return await proveDecoding(decode, watched);
  } catch (cause) {
    if (failure !== undefined) throw failure.reason;
    if (isSeamlessError(cause)) throw cause;
    const why = describe(cause instanceof Error ? cause.message : cause);
    throw new SeamlessError("INVALID_BUFFER", `cannot decompress ${showPath(path)}: ${why}`, { cause, file: path });
  }
}

/** Wraps only errors of the file itself: code of the caller runs in between. */
function ofFile<T>(path: string, operation: Promise<T>): Promise<T> {
  return operation.catch((error) => {
    throw fileError(error, path, "read");
  });
}

/** Slices in order, with the next ones being read while one is hashed. Each is valid until the next is asked for. */
async function* prefetch(
  path: string,
  handle: FileHandle,
  { size }: Stats,
): AsyncGenerator<Uint8Array, void, undefined> {
  const length = Math.max(1, Math.min(SLICE, size));
  const read = async (position: number, buffer: Uint8Array) => {
    // Short reads happen on network file systems; only a read of nothing is the end.
    let filled = 0;
    while (filled < length) {
      const bytesRead = await readHandle(handle, buffer.subarray(filled, length), position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  };
  // An empty file is read too: those that the kernel makes up (/proc) are said to be empty, and are not.
  const count = Math.max(1, Math.ceil(size / length));
  const pending: Promise<Uint8Array>[] = [];
  const start = (index: number, buffer: Uint8Array) => {
    const slice = ofFile(path, read(index * length, buffer));
    // A failure is seen when its turn comes; until then it must not count as unhandled.
    slice.catch(() => {});
    pending.push(slice);
  };
  for (let i = 0; i < Math.min(PREFETCHED, count); i++) start(i, new Uint8Array(length));
  try {
    for (let i = 0; i < count; i++) {
      const slice = await pending.shift()!;
      if (slice.byteLength > 0) yield slice;
      if (slice.byteLength < length) return;
      if (i + PREFETCHED < count) start(i + PREFETCHED, new Uint8Array(slice.buffer as ArrayBuffer));
    }
  } finally {
    await Promise.allSettled(pending);
  }
}

/** Files up to this size, in bytes, are worth reading synchronously: under 3 ms on any machine. */
const SMALL = 2 ** 20;

/**
 * Reads small files, known to be regular ones, one after the other through one buffer: five system calls a file and no
 * allocation.
 */
export function createSmallReader(): (path: string, stamp: Float64Array | undefined) => SmallFile {
  const buffer = new Uint8Array(SMALL);
  return (path, stamp) => {
    const { fd, stats } = openRegularSync(path);
    try {
      if (stats.size > SMALL) return { size: stats.size, hex: undefined };
      let filled = 0;
      // An empty file is read too: those that the kernel makes up (/proc) are said to be empty, and are not.
      const length = Math.max(1, stats.size);
      while (filled < length) {
        const count = readSync(fd, buffer, filled, length - filled, null);
        if (count === 0) break;
        filled += count;
      }
      failIfChanged(path, stats, fstatSync(fd), filled);
      if (stamp !== undefined) writeStamp(stats, () => fstatSync(fd, { bigint: true }), stamp);
      return { size: filled, hex: nodeCrypto().hash("sha256", buffer.subarray(0, filled), "hex") };
    } catch (error) {
      throw fileError(error, path, "read");
    } finally {
      closeSync(fd);
    }
  };
}

/** The checksum is `undefined` if the file is too large to be read this way. */
type SmallFile = { readonly size: number; readonly hex: string } | { readonly size: number; readonly hex: undefined };
