import { constants, type Stats } from "node:fs";
import { type FileHandle, link, lstat, open, rename, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Checksum, createSha256, isSeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { readHandle, renameFile, syncFolder, syncHandle, temporaryName, unlinkFile } from "@seamless/internal/files";
import { filePlatform } from "@seamless/internal/platform";
import type { Store } from "@seamless/store";
import { identityOf, leftoversOf, mayBeInUse, openFiles } from "../files/output-files.ts";
import { withStream } from "../files/streams.ts";
import { cacheMissError } from "./store.ts";

/*
 * Large files are written to a temporary file that stays where a download breaks off: by a failure of the store, by Ctrl-C, or since
 * the process was killed. The next download of the file goes on with it, and hashes the whole before the file gets its name.
 */

/** In bytes: smaller files are written anew. */
const LEAST = 2 ** 24;

/** In bytes: less is not kept. */
const LEAST_KEPT = 2 ** 20;

/** In bytes: what is hashed again in one turn. */
const SLICE = 2 ** 20;

/** Does writing a file of this length go on where it broke off? */
export function isResumable(store: Store, length: number): boolean {
  return store.resumes === true && length >= LEAST;
}

interface Wanted {
  readonly store: Store;
  readonly checksum: Checksum;
  /** In bytes. */
  readonly length: number;
  /** Replace what is there. */
  readonly replace: boolean;
  /** Keep the permissions of what is there. */
  readonly keepMode: boolean;
  readonly signal: AbortSignal;
}

/**
 * Writes a large file as `writeAtomic` does, and goes on where an earlier run broke off.
 *
 * @returns false if there is one that may not be replaced: it was not changed.
 * @throws {SeamlessError} `CACHE_MISS`, what the store throws; file codes. The signal's reason.
 */
export async function writeResumed(file: string, wanted: Wanted, onBytes: (bytes: number) => void): Promise<boolean> {
  const begun = await claim(file, wanted.length);
  if (begun !== undefined) {
    const made = await write(file, begun, true, wanted, onBytes);
    // Otherwise what was begun was another file.
    if (made !== "wrong") return made;
  }
  const fresh = join(dirname(file), temporaryName(basename(file)));
  return (await write(file, fresh, false, wanted, onBytes)) === true;
}

/** Takes over what an earlier run has left of a file, if nobody is writing it: by a new name, so that nobody else does. */
async function claim(file: string, length: number): Promise<string | undefined> {
  const left = (await leftoversOf([file])).filter(({ found }) => found.nlink === 1 && isPart(found, length));
  if (left.length === 0) return undefined;
  const open = await openFiles();
  left.sort((a, b) => b.found.size - a.found.size);
  for (const { file: old, found } of left) {
    const inUse = filePlatform().openFolders === undefined ? mayBeInUse(old, found) : open.has(identityOf(found));
    if (inUse) continue;
    const own = join(dirname(file), temporaryName(basename(file)));
    try {
      await rename(old, own);
      return own;
    } catch {
      // Somebody else was faster, or it is another user's: then it is written anew.
    }
  }
  return undefined;
}

function isPart({ size }: Stats, length: number): boolean {
  return size >= LEAST_KEPT && size <= length;
}

/** What the store threw, which leaves a part that is right. */
class SourceFailure {
  constructor(readonly reason: unknown) {}
}

/** @returns `wrong` if what was begun cannot be completed. */
async function write(
  file: string,
  temporary: string,
  begun: boolean,
  wanted: Wanted,
  onBytes: (bytes: number) => void,
): Promise<boolean | "wrong"> {
  const { replace, keepMode, signal } = wanted;
  let written = 0;
  let keep = false;
  let made = true;
  try {
    const flags = constants.O_RDWR | (begun ? (constants.O_NOFOLLOW ?? 0) : constants.O_CREAT | constants.O_EXCL);
    const handle = await open(temporary, flags, 0o666);
    try {
      const isRight = await fill(handle, begun, wanted, (bytes) => {
        written = bytes;
        onBytes(bytes);
      });
      if (!isRight) return "wrong";
      await handle.chmod(keepMode ? (await stat(file)).mode & 0o777 : 0o666 & ~process.umask());
      await syncHandle(handle);
    } finally {
      await handle.close();
    }
    signal.throwIfAborted();
    if (replace) {
      await renameFile(temporary, file, signal);
      made = false;
    } else if (!(await giveName(temporary, file))) return false;
    await syncFolder(dirname(file));
    return true;
  } catch (error) {
    const reason = error instanceof SourceFailure ? error.reason : undefined;
    const mayGoOn = signal.aborted || (reason !== undefined && !isSeamlessError(reason, "CHECKSUM_MISMATCH"));
    keep = mayGoOn && written >= LEAST_KEPT;
    throw error instanceof SourceFailure ? error.reason : fileError(error, file, "write");
  } finally {
    if (made && !keep) {
      await unlinkFile(temporary).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw fileError(error, temporary, "remove");
      });
    }
  }
}

/** @returns whether the bytes are those of the checksum: what comes from the start is verified by the store. */
async function fill(
  handle: FileHandle,
  begun: boolean,
  { store, checksum, length, signal }: Wanted,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  const hash = begun ? createSha256() : undefined;
  let at = hash === undefined ? 0 : await hashPart(handle, hash, length, signal, onBytes);
  const offset = at;
  if (offset < length || offset === 0) {
    const failing = (reason: unknown) => {
      throw new SourceFailure(reason);
    };
    const stream = await store.getStream(checksum, { signal, offset }).catch(failing);
    if (stream === undefined) return failing(cacheMissError(store, checksum));
    await withStream(stream, async () => {
      for await (const chunk of failingAs(stream, failing)) {
        signal.throwIfAborted();
        hash?.update(chunk);
        for (let start = 0; start < chunk.byteLength; ) {
          start += (await handle.write(chunk, start, chunk.byteLength - start, at + start)).bytesWritten;
        }
        at += chunk.byteLength;
        onBytes(at);
      }
    });
  }
  return hash === undefined || checksum.equals(hash.digest());
}

async function* failingAs(chunks: AsyncIterable<Uint8Array>, failing: (reason: unknown) => never) {
  try {
    yield* chunks;
  } catch (error) {
    failing(error);
  }
}

/** Hashes what is there already. @returns its length, in bytes. */
async function hashPart(
  handle: FileHandle,
  hash: ReturnType<typeof createSha256>,
  length: number,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<number> {
  const slice = new Uint8Array(SLICE);
  for (let at = 0; ; ) {
    signal.throwIfAborted();
    const count = await readHandle(handle, slice.subarray(0, Math.min(SLICE, length - at)), at);
    if (count === 0) return at;
    hash.update(slice.subarray(0, count));
    at += count;
    onBytes(at);
  }
}

/** Gives a temporary file its name, unless that is taken. A second name for it, which the first is removed after. */
async function giveName(temporary: string, file: string): Promise<boolean> {
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    const taken = await lstat(file).catch(() => undefined);
    if (taken !== undefined) return false;
    // The file system has no hard links.
    await renameFile(temporary, file);
    return true;
  }
}
