import { closeSync, constants, fstatSync, readSync, type Stats } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Checksum,
  createSha256,
  type ErrorCode,
  isSeamlessError,
  type ProvenDecoding,
  SeamlessError,
} from "@seamless/checksum";
import { checksumFile, type Decode, fileError } from "@seamless/checksum/node";
import { isAtRest, openRegular, openRegularSync, readHandle } from "@seamless/internal/files";
import { filePlatform } from "@seamless/internal/platform";
import { showPath } from "@seamless/internal/text";
import type { CheckResult, Coding, Store } from "@seamless/store";
import type { createRetry } from "./transfers.ts";
import { verifyBuffer } from "./verify-buffers.ts";

export interface PutOptions {
  readonly signal: AbortSignal;
  readonly retry: ReturnType<typeof createRetry>;
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /**
   * What the store already has under the checksum; `unknown`: something that has not been hashed.
   * @default checked first; a copy that is right is not put again
   */
  readonly stored?: CheckResult | undefined;
}

/**
 * Puts a source into a store. If the store fails, it is put again from the start. When a wrong copy is replaced, the
 * new copy is hashed afterwards: a server may accept what it is sent, and still keep what it has.
 *
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` if the store keeps a corrupt copy; what the store throws.
 */
export async function putSource(
  store: Store,
  checksum: Checksum,
  source: FileSource,
  { signal, retry, onBytes, stored }: PutOptions,
): Promise<void> {
  const prove = () => verifyBuffer(store, { checksum, length: source.length }, signal);
  const before = stored ?? (await retry(prove));
  // As a put would: what is young is not removed as garbage.
  if (before === "ok" && (await store.touch?.([checksum], { signal }))?.[0] !== false) {
    onBytes?.(source.length);
    return;
  }
  const put = async () => {
    await give(store, checksum, source, { signal, onBytes });
    return before === "missing" ? "ok" : prove();
  };
  // Another client may have put it meanwhile.
  const after = await retry(put, async () => ((await prove()) === "ok" ? "ok" : undefined));
  if (after !== "ok") throw keptCopyError(store, checksum, after);
}

/** What the files of a store are compressed by stays so, where the store can keep it. */
async function give(
  store: Store,
  checksum: Checksum,
  { chunks, length, encoded }: FileSource,
  { signal, onBytes }: Pick<PutOptions, "signal" | "onBytes">,
): Promise<void> {
  if (encoded === undefined && length <= SMALL_FILE)
    return store.put(checksum, await whole(chunks(onBytes)), { signal });
  if (encoded === undefined) return store.putStream(checksum, chunks(onBytes), { length, signal });
  if (store.putEncoded !== undefined) {
    return store.putEncoded(checksum, encoded.coding, chunks(onBytes), {
      length: encoded.length,
      // As many as there are, however well they are compressed.
      maxDecodedBytes: length,
      maxDecodedRatio: Number.MAX_SAFE_INTEGER,
      // Nothing is decompressed twice.
      decoding: encoded.decoding,
      signal,
    });
  }
  const { decodeChunks } = await import("@seamless/remote/encoding");
  return store.putStream(checksum, decodeChunks(encoded.coding, copies(chunks(onBytes))), { length, signal });
}

/** Of a small file, which mostly is one chunk: what a stream costs would be most of the work. */
async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of copies(chunks)) all.push(chunk);
  return all.length === 1 ? all[0]! : Buffer.concat(all);
}

/** In memory of their own, for a decoder that keeps them for a while. */
async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) yield chunk.slice();
}

/** What is wrong with a copy that should have been replaced, for the message. */
const WRONG_COPY: Partial<Record<CheckResult, string>> = {
  corrupt: "keeps a corrupt copy",
  unreadable: "keeps a copy that cannot be read",
};

/** The error for a store that accepted the right bytes, but does not have them. */
function keptCopyError(store: Store, checksum: Checksum, verdict: CheckResult): SeamlessError {
  const code = verdict === "corrupt" ? "CHECKSUM_MISMATCH" : "STORE_FAILED";
  const what = WRONG_COPY[verdict] ?? "does not have it";
  const fix = "delete that copy from the store";
  const message = `${store.name}: cannot put ${checksum.hex()}: the store accepted it, but ${what}; ${fix}`;
  return new SeamlessError(code, message, { checksum, store: store.name });
}

/**
 * Puts a file that has been hashed before.
 *
 * @param since - When it was hashed, for the message: "since it was indexed".
 * @throws {SeamlessError} `FILE_CHANGED` if its checksum is another one now; file codes, and what the store throws.
 */
export async function putFile(
  store: Store,
  checksum: Checksum,
  path: string,
  since: string,
  {
    content,
    ...options
  }: PutOptions & {
    /** Of a compressed file, what counts. */
    readonly content?: CompressedContent | undefined;
  },
): Promise<void> {
  const as = (source: FileSource): FileSource => (content === undefined ? source : withContent(source, content));
  try {
    await withFile(path, (source) => putSource(store, checksum, as(source), options));
  } catch (error) {
    const { signal } = options;
    signal.throwIfAborted();
    const wrong = content === undefined ? WRONG_BYTES : WRONG_ENCODED;
    if (!isSeamlessError(error) || !wrong.includes(error.code)) throw error;
    // The bytes may also have been corrupted on the way: the file is wrong only if it has another checksum now.
    const now = await checksumFile(path, { signal, decode: content?.decode }).catch(() => undefined);
    if (now?.equals(checksum)) throw error;
    throw fileChangedError(path, since);
  }
}

/** What a compressed file holds. */
export interface CompressedContent {
  readonly coding: Coding;
  readonly decode: Decode;
  /** In bytes. */
  readonly length: number;
  /** The proof; `undefined` if the file was not decompressed, since it was remembered. */
  readonly decoding: ProvenDecoding | undefined;
}

/** How bytes are compressed. */
interface EncodedBytes {
  readonly coding: Coding;
  /** As they are, in bytes. */
  readonly length: number;
  readonly decoding: ProvenDecoding | undefined;
}

function withContent(source: FileSource, { coding, length, decoding }: CompressedContent): FileSource {
  return { ...source, length, encoded: { coding, length: source.length, decoding } };
}

/** What stores say of bytes that are not those of the checksum, or cannot be decompressed. */
const WRONG_BYTES: readonly ErrorCode[] = ["CHECKSUM_MISMATCH"];
const WRONG_ENCODED: readonly ErrorCode[] = [...WRONG_BYTES, "TOO_LARGE", "STORE_FAILED"];

/** Bytes that can be read several times, in constant memory: of an open file, or in memory. */
interface FileSource {
  /** In bytes; of what a compressed file holds. */
  readonly length: number;
  /** What the chunks are, if they are compressed. */
  readonly encoded?: EncodedBytes | undefined;
  /**
   * Reads from the start. Each chunk reuses the memory of the one before.
   *
   * @param onBytes - Called after each chunk with the number of bytes so far.
   * @throws {SeamlessError} `FILE_CHANGED` if the file changed since it was opened, before the last chunk is given out;
   * file codes.
   */
  chunks(onBytes?: (bytes: number) => void): AsyncGenerator<Uint8Array, void, undefined>;
}

/** In bytes: few system calls, and little memory for many files at a time. */
const CHUNK_SIZE = 2 ** 18;

/**
 * In bytes: files up to this size are read at once, synchronously, which takes some µs. Through the thread pool each of
 * the five calls takes ten times as long, which is most of the work with many files.
 */
const SMALL_FILE = 2 ** 16;

/**
 * Opens a regular file, runs work on it and closes it.
 *
 * @throws {SeamlessError} `NOT_A_FILE`, `NOT_FOUND`, `PERMISSION_DENIED` and other file codes; what the work throws.
 */
async function withFile<T>(path: string, work: (source: FileSource) => Promise<T>): Promise<T> {
  const small = readSmall(path);
  if (small !== undefined) return work(bytesSource(small));
  const { handle, stats } = await ofFile(
    path,
    openRegular(path, () => irregularError(path)),
  );
  try {
    return await work(handleSource(handle, path, stats));
  } finally {
    await handle.close();
  }
}

/** Reads a small file whole; `undefined` if it is larger. */
function readSmall(path: string): Uint8Array | undefined {
  try {
    const { fd, stats } = openRegularSync(path, () => irregularError(path));
    try {
      if (stats.size > SMALL_FILE) return undefined;
      const bytes = new Uint8Array(stats.size);
      const count = readSync(fd, bytes, 0, stats.size, 0);
      checkUnchanged(path, stats, fstatSync(fd));
      if (count < stats.size) throw fileChangedError(path);
      return bytes;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw fileError(error, path, "read");
  }
}

/** A source of bytes in memory. */
export function bytesSource(bytes: Uint8Array): FileSource {
  return {
    length: bytes.byteLength,
    async *chunks(onBytes) {
      if (bytes.byteLength > 0) yield bytes;
      onBytes?.(bytes.byteLength);
    },
  };
}

function irregularError(path: string): SeamlessError {
  return new SeamlessError("NOT_A_FILE", `cannot read ${showPath(path)}: it is not a regular file`, { file: path });
}

/** A source of the bytes of an open file, which had these properties when it was opened. */
export function handleSource(handle: FileHandle, path: string, stats: Stats): FileSource {
  return {
    length: stats.size,
    async *chunks(onBytes) {
      const buffer = new Uint8Array(Math.min(CHUNK_SIZE, stats.size));
      for (let at = 0; at < stats.size; ) {
        const free = buffer.subarray(0, Math.min(CHUNK_SIZE, stats.size - at));
        const bytesRead = await ofFile(path, readHandle(handle, free, at));
        at += bytesRead;
        // The last chunk completes the bytes for the reader, so the file is checked before it.
        if (bytesRead === 0 || at === stats.size) checkUnchanged(path, stats, await ofFile(path, handle.stat()));
        if (bytesRead === 0) throw fileChangedError(path);
        yield buffer.subarray(0, bytesRead);
        onBytes?.(at);
      }
    },
  };
}

/** The error for a file that changed while it was read, or since it was hashed. */
function fileChangedError(path: string, since = "while it was read"): SeamlessError {
  return new SeamlessError("FILE_CHANGED", `${showPath(path)} changed ${since}: try again when it is at rest`, {
    file: path,
  });
}

function checkUnchanged(path: string, before: Stats, after: Stats): void {
  if (!isAtRest(before, after)) throw fileChangedError(path);
}

function ofFile<T>(path: string, operation: Promise<T>): Promise<T> {
  return operation.catch((error) => {
    throw fileError(error, path, "read");
  });
}

/** Bytes of a stream, kept in a temporary file. */
interface Spooled {
  readonly checksum: Checksum;
  readonly source: FileSource;
}

/**
 * Keeps a stream in a temporary file while work runs on it: the store needs the checksum first, which is known only at
 * the end of the stream. Other users cannot read the file. Except on Windows it is unlinked as soon as it is open, so
 * that not even a killed process leaves it behind.
 *
 * @throws {SeamlessError} `DISK_FULL` and other file codes; what the chunks and the work throw.
 */
export async function withSpool<T>(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: ((bytes: number) => void) | undefined,
  work: (spooled: Spooled) => Promise<T>,
): Promise<T> {
  const folder = await writing(mkdtemp(join(tmpdir(), "seamless-put-")));
  try {
    const handle = await writing(
      open(join(folder, "input"), constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600),
    );
    try {
      if (filePlatform().removesOpenFiles) await rm(folder, { recursive: true });
      const checksum = await fill(handle, chunks, onBytes);
      return await work({ checksum, source: handleSource(handle, "standard input", await handle.stat()) });
    } finally {
      await handle.close();
    }
  } finally {
    // Tried again where another program has it open, as virus scanners on Windows do.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function fill(
  handle: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<Checksum> {
  const hash = createSha256();
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    for (let at = 0; at < chunk.byteLength; ) {
      at += (await writing(handle.write(chunk, at, chunk.byteLength - at, bytes + at))).bytesWritten;
    }
    bytes += chunk.byteLength;
    onBytes?.(bytes);
  }
  return new Checksum(hash.digest());
}

/** Names the folder for temporary files in errors: the name of the file in it means nothing to the user. */
function writing<T>(operation: Promise<T>): Promise<T> {
  return operation.catch((error) => {
    throw fileError(error, tmpdir(), "keep standard input in");
  });
}
