import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Checksum, createSha256, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { checksumFile, fileError, readHandle, showPath } from "@seamless/checksum/node";
import type { Store } from "./store.ts";
import type { createRetry } from "./transfers.ts";
import { type Verdict, verifyBuffer } from "./verify-buffers.ts";

/** How to put. */
export interface PutOptions {
  readonly signal: AbortSignal;
  readonly retry: ReturnType<typeof createRetry>;
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /**
   * What the store has in its place. `unknown`: something that nobody has hashed.
   * @default found out first; a copy that is right is not put again
   */
  readonly stored?: Verdict | undefined;
}

/**
 * Put a source into a store, by its checksum; where the store fails, again from the start. Where something wrong is replaced,
 * only a copy that was hashed afterwards counts: a server may take what it is sent, and keep what it has.
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
  if (before === "ok") {
    onBytes?.(source.length);
    return;
  }
  const put = async () => {
    await store.putStream(checksum, source.chunks(onBytes), { length: source.length, signal });
    return before === "missing" ? "ok" : prove();
  };
  // Somebody else may have put it meanwhile.
  const after = await retry(put, async () => ((await prove()) === "ok" ? "ok" : undefined));
  if (after !== "ok") throw keptCopyError(store, checksum, after);
}

/** What is wrong with a copy that should have been replaced. */
const STILL: Partial<Record<Verdict, string>> = {
  corrupt: "keeps a corrupt copy",
  unreadable: "keeps a copy that cannot be read",
};

/** The store has taken the right bytes, and does not have them. */
function keptCopyError(store: Store, checksum: Checksum, verdict: Verdict): SeamlessError {
  const code = verdict === "corrupt" ? "CHECKSUM_MISMATCH" : "STORE_FAILED";
  const what = STILL[verdict] ?? "does not have it";
  const message = `${store.name}: cannot put ${checksum.hex()}: the store took it, and ${what}; delete that there`;
  return new SeamlessError(code, message, { checksum, store: store.name });
}

/**
 * Put a file that had this checksum when it was hashed.
 *
 * @param hashed - When that was, for the message: "since it was indexed".
 * @throws {SeamlessError} `FILE_CHANGED` if it has another one by now; file codes, and what the store throws.
 */
export async function putFile(
  store: Store,
  checksum: Checksum,
  path: string,
  hashed: string,
  options: PutOptions,
): Promise<void> {
  try {
    await withFile(path, (source) => putSource(store, checksum, source, options));
  } catch (error) {
    options.signal.throwIfAborted();
    if (!isSeamlessError(error, "CHECKSUM_MISMATCH")) throw error;
    // The bytes may also have gone wrong on their way, which is no fault of the file.
    if ((await checksumFile(path, { signal: options.signal })).equals(checksum)) throw error;
    throw fileChangedError(path, hashed);
  }
}

/** The bytes of an open file: as often as they are wanted, from one handle, in constant memory. */
export interface FileSource {
  /** In bytes. */
  readonly length: number;
  /**
   * Afresh from the start. The next chunk has the memory of the last.
   *
   * @param onBytes - Told after each chunk how many bytes it were so far.
   * @throws {SeamlessError} `FILE_CHANGED` if the file moved since it was opened: before its end, so that nobody takes
   * the bytes for whole; file codes.
   */
  chunks(onBytes?: (bytes: number) => void): AsyncGenerator<Uint8Array, void, undefined>;
}

/** In bytes: few system calls, and little for many files at a time. */
const CHUNK_SIZE = 2 ** 18;
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
  if (small !== undefined) return work(bytesSource(small));
  const handle = await ofFile(path, open(path, FLAGS));
  try {
    const stats = await ofFile(path, handle.stat());
    checkRegular(path, stats);
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
      checkRegular(path, stats);
      if (stats.size > SMALL) return undefined;
      const bytes = new Uint8Array(stats.size);
      const count = readSync(file, bytes, 0, stats.size, 0);
      checkUnchanged(path, stats, fstatSync(file));
      if (count < stats.size) throw fileChangedError(path);
      return bytes;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError(error, path, "read");
  }
}

/** Bytes that are in memory, as they would be in a file. */
export function bytesSource(bytes: Uint8Array): FileSource {
  return {
    length: bytes.byteLength,
    async *chunks(onBytes) {
      if (bytes.byteLength > 0) yield bytes;
      onBytes?.(bytes.byteLength);
    },
  };
}

function checkRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw new SeamlessError("NOT_A_FILE", `cannot read ${showPath(path)}: it is not a regular file`, { file: path });
}

/** What an open file holds that had these properties. */
export function handleSource(handle: FileHandle, path: string, stats: Stats): FileSource {
  return {
    length: stats.size,
    async *chunks(onBytes) {
      const buffer = new Uint8Array(Math.min(CHUNK_SIZE, stats.size));
      for (let at = 0; at < stats.size; ) {
        const free = buffer.subarray(0, Math.min(CHUNK_SIZE, stats.size - at));
        const bytesRead = await ofFile(path, readHandle(handle, free, at));
        at += bytesRead;
        // The last chunk completes the bytes for whoever takes them: what is wrong must be known before.
        if (bytesRead === 0 || at === stats.size) checkUnchanged(path, stats, await ofFile(path, handle.stat()));
        if (bytesRead === 0) throw fileChangedError(path);
        yield buffer.subarray(0, bytesRead);
        onBytes?.(at);
      }
    },
  };
}

/** The bytes fileChangedError under whoever was reading them, now or since they were hashed. */
export function fileChangedError(path: string, since = "while it was read"): SeamlessError {
  return new SeamlessError(
    "FILE_CHANGED",
    `${showPath(path)} fileChangedError ${since}: try again when it is at rest`,
    {
      file: path,
    },
  );
}

function checkUnchanged(path: string, before: Stats, after: Stats): void {
  const atRest = before.size === after.size && before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs;
  if (!atRest) throw fileChangedError(path);
}

function ofFile<T>(path: string, operation: Promise<T>): Promise<T> {
  return operation.catch((error) => {
    throw fileError(error, path, "read");
  });
}

export interface Spooled {
  readonly checksum: Checksum;
  readonly source: FileSource;
}

/**
 * Keep what comes only once in a temporary file, for as long as some work takes: its checksum is known when all of it
 * has come, and the store asks for the checksum first. Nobody else may read the file, and where the system allows it, it
 * has no name any more as soon as it is open, so that not even a killed process leaves it.
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
      if (process.platform !== "win32") await rm(folder, { recursive: true });
      const checksum = await fill(handle, chunks, onBytes);
      return await work({ checksum, source: handleSource(handle, "standard input", await handle.stat()) });
    } finally {
      await handle.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
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

/** What fails here is the folder for temporary files, whichever file in it. */
function writing<T>(operation: Promise<T>): Promise<T> {
  return operation.catch((error) => {
    throw fileError(error, tmpdir(), "keep standard input in");
  });
}
