import type { Dirent } from "node:fs";
import { type FileHandle, link, lstat, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { AbortOptions } from "@seamless/internal/abort";
import { compareCodePoints } from "@seamless/internal/code-points";
import {
  isMasked,
  lacks,
  renameFile,
  stemOf,
  syncFolder,
  syncHandle,
  temporaryName,
  temporaryStem,
  unlinkFile,
  whereModesAre,
} from "@seamless/internal/files";
import { optionChecks } from "@seamless/internal/option-checks";
import { asBytes, SeamlessError } from "../errors.ts";
import { asPath, fileError } from "./path.ts";

/** How to write; an abort stops before the file appears, and leaves nothing behind. */
export interface WriteAtomicOptions extends AbortOptions {
  /**
   * Replace a file that is there.
   * @default true
   */
  readonly overwrite?: boolean | undefined;
  /**
   * Permissions of the file, less the process's umask (but see `umask`). By default those of the file that is replaced, else 0o666.
   */
  readonly mode?: number | undefined;
  /**
   * Whether the umask is taken from `mode`.
   * @default true
   */
  readonly umask?: boolean | undefined;
  /**
   * Chunks that are written at a time: with two, the disk is not idle while the next is made. Up to `writes - 1` chunks are
   * still being written when the next is asked for, and must not be changed before.
   * @default 1
   */
  readonly writes?: number | undefined;
  /**
   * Wait until the bytes and the name have reached the disk. Without, a file may be lost, empty or cut off after the machine has
   * lost power; if only the process ends, it is whole all the same.
   * @default true
   */
  readonly sync?: boolean | undefined;
}

const checks = optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

/** Bytes a write call gets at most, so that an abort does not wait for gigabytes. */
const SLICE = 2 ** 24;

/**
 * Write a file whole or not at all: into a temporary file in the same folder (made exclusively), flushed to the disk
 * (unless `sync` is false), then renamed. A reader, a crash or a `kill -9` at any moment sees the old file or the new one. A link at `path` is
 * itself replaced, wherever it leads. What a killed process leaves, `findLeftovers` finds.
 *
 * @param path - The file; its folder must exist.
 * @param data - Text (written as UTF-8), bytes, or chunks of bytes as they come.
 * @returns false if the file was there and `overwrite` is false: nothing was changed.
 * @throws {SeamlessError} `DISK_FULL`, `READ_ONLY`, `PERMISSION_DENIED`, `NOT_FOUND` and other file codes;
 * `INVALID_ARGUMENT` for any other data and for a wrong path. What the source of the chunks throws passes unchanged.
 *
 * @example
 * import { readFile } from "node:fs/promises";
 * import { writeAtomic } from "@seamless/checksum/node";
 * await writeAtomic("settings.json", "{}\n");
 * console.log(await readFile("settings.json", "utf8")); // → {}
 */
export async function writeAtomic(
  path: string | URL,
  data: string | Uint8Array | AsyncIterable<Uint8Array>,
  options: WriteAtomicOptions = {},
): Promise<boolean> {
  const target = asPath(path);
  const temporary = join(dirname(target), temporaryName(basename(target)));
  const overwrite = options.overwrite ?? true;
  const sync = checks.boolean("sync", options.sync ?? true);
  const writes = checks.wholeNumber("writes", options.writes ?? 1, 1);
  let made = false;
  try {
    options.signal?.throwIfAborted();
    const mode = options.mode ?? (overwrite ? await modeOf(target) : undefined);
    const handle = await open(temporary, "wx", mode ?? 0o666);
    made = true;
    try {
      // The umask has been taken from `mode`; what is replaced keeps its permissions whole.
      const whole = options.mode === undefined || options.umask === false;
      if (whole && mode !== undefined && isMasked(mode)) await whereModesAre(handle.chmod(mode));
      await writeAll(handle, data, writes, options.signal);
      if (sync) await syncHandle(handle);
    } finally {
      await handle.close();
    }
    options.signal?.throwIfAborted();
    if (overwrite) {
      await renameFile(temporary, target, options.signal);
      made = false;
    } else if (!(await linkNew(temporary, target))) {
      return false;
    }
    if (sync) await syncFolder(dirname(target));
    return true;
  } catch (error) {
    throw error instanceof SourceFailure ? error.reason : fileError(error, target, "write");
  } finally {
    if (made) await removeTemporary(temporary);
  }
}

/** Removes a temporary file, unless it has gone. */
export async function removeTemporary(path: string): Promise<void> {
  try {
    await unlinkFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, path, "remove");
  }
}

async function writeAll(
  handle: FileHandle,
  data: string | Uint8Array | AsyncIterable<Uint8Array>,
  writes: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const writeAt = async (bytes: Uint8Array, position: number) => {
    for (let start = 0; start < bytes.byteLength; ) {
      signal?.throwIfAborted();
      const length = Math.min(SLICE, bytes.byteLength - start);
      const { bytesWritten } = await handle.write(bytes, start, length, position + start);
      start += bytesWritten;
    }
  };
  if (typeof data === "string") return writeAt(Buffer.from(data), 0);
  if (!isAsyncIterable(data)) return writeAt(asBytes(data), 0);
  const running: Promise<void>[] = [];
  let position = 0;
  try {
    for await (const chunk of chunksOf(data)) {
      const bytes = asBytes(chunk);
      const writing = writeAt(bytes, position);
      // A failure is thrown when it is its turn; until then it must not count as unhandled.
      writing.catch(() => undefined);
      running.push(writing);
      position += bytes.byteLength;
      if (running.length >= writes) await running.shift();
    }
    await Promise.all(running);
  } finally {
    // The file must not be closed, nor the memory used again, under one that is still written.
    await Promise.allSettled(running);
  }
}

/** What the source of the data threw: passed on as it is, since it says nothing of the file that is written. */
class SourceFailure {
  constructor(readonly reason: unknown) {}
}

async function* chunksOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    throw new SourceFailure(error);
  }
}

function isAsyncIterable(data: Uint8Array | AsyncIterable<Uint8Array>): data is AsyncIterable<Uint8Array> {
  return typeof data === "object" && data !== null && Symbol.asyncIterator in data;
}

/** What a link may lead to, or not lead to, and is replaced all the same. */
const NO_MODE = ["ENOENT", "ELOOP", "ENOTDIR", "EACCES"];

/** Permissions to keep, if there are any. If it is the folder that is wrong, making the temporary file tells. */
async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (!NO_MODE.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return undefined;
  }
}

/** Give the temporary file its name, unless the name is taken. */
export async function linkNew(temporary: string, target: string): Promise<boolean> {
  try {
    await link(temporary, target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    if (!lacks("links", error)) throw error;
    if (await exists(target)) return false;
    // May replace a file that came in between, which is as whole as ours.
    await renameFile(temporary, target);
    return true;
  }
}

/** Is the name taken? As for a hard link, also by a link that leads nowhere. */
async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    ignoreMissing(error);
    return false;
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}

/**
 * The temporary files that writes of some files have left which were killed. They can be deleted, unless such a write is
 * going on. A directory with such a name was not left by a write, nor was one of the files themselves; a symbolic link may have been
 * left by `linkAtomic`.
 * Any file may be given such a name: callers that know what else belongs in a folder (an index lists it) should check
 * that before they delete anything.
 *
 * @param files - Paths that `writeAtomic` writes to; each of their folders is listed once.
 * @returns paths, by code point.
 * @throws {SeamlessError} `NOT_FOUND`, `PERMISSION_DENIED` and other file codes for a folder that cannot be listed.
 */
export async function findLeftovers(files: readonly (string | URL)[]): Promise<readonly string[]> {
  const stems = new Map<string, Set<string>>();
  const written = new Set(files.map((file) => join(asPath(file))));
  for (const file of files.map(asPath)) {
    const folder = dirname(file);
    stems.set(folder, (stems.get(folder) ?? new Set()).add(stemOf(basename(file))));
  }
  const left: string[] = [];
  for (const [folder, wanted] of stems) {
    for (const entry of await entriesOf(folder)) {
      const found = temporaryStem(entry.name);
      const path = join(folder, entry.name);
      const isLeft = found !== undefined && wanted.has(found) && !written.has(path);
      if (isLeft && (entry.isFile() || entry.isSymbolicLink())) left.push(path);
    }
  }
  return left.sort(compareCodePoints);
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw fileError(error, folder, "read");
  }
}
