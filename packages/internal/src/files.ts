import { closeSync, constants, fdatasync, fstatSync, fsync, openSync, type PathLike, type Stats } from "node:fs";
import { type FileHandle, lstat, open, rename, stat, unlink } from "node:fs/promises";
import { promisify } from "node:util";
import { nodeCrypto } from "./builtins.ts";
import { filePlatform } from "./platform.ts";
import { sleep } from "./timers.ts";
import { type Writer, writerMark, writerOf } from "./writers.ts";

/*
 * What is done to an open file, in the ways that work everywhere. Yarn's Plug'n'Play puts a `FileHandle` of its own in place
 * of Node's: its `sync`, `datasync`, `utimes` and `readv` throw, and its `read` takes a `Uint8Array` that is not a `Buffer` for a
 * dict of options.
 */

const sync = promisify(fsync);
const syncData = promisify(fdatasync);

/**
 * Have what was written to an open file, or the names in an open folder, reach the disk.
 *
 * @throws the error of the operating system, as it is: see `fileError`.
 */
export async function syncHandle({ fd }: FileHandle): Promise<void> {
  await sync(fd);
}

/** The same without what does not help to read it again, such as its times. */
export async function syncHandleData({ fd }: FileHandle): Promise<void> {
  await syncData(fd);
}

/**
 * Read once from an open file.
 *
 * @param into - Filled from its start, as far as one read goes.
 * @param position - Offset in the file, in bytes; `null` for where the last read ended.
 * @returns the number of bytes; 0 at the end of the file.
 * @throws the error of the operating system, as it is: see `fileError`.
 */
export async function readHandle(handle: FileHandle, into: Uint8Array, position: number | null): Promise<number> {
  const buffer = Buffer.from(into.buffer, into.byteOffset, into.byteLength);
  return (await handle.read(buffer, 0, buffer.byteLength, position)).bytesRead;
}

/** What some file systems cannot do, and the codes with which they say so. */
const LACKS = {
  /** Permissions of this kind: FAT, some network mounts. */
  modes: ["EPERM", "EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"],
  /** Hard links: FAT, some network mounts; `EISDIR` is what exFAT answers on Windows. */
  links: ["EPERM", "EISDIR", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"],
  /** Flushing a folder: some network mounts, and all for a folder that may be written to but not read. */
  folderFlushes: ["EINVAL", "EACCES", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"],
} as const satisfies Record<string, readonly string[]>;

/** Does an error say that the file system cannot do this at all? */
export function lacks(what: keyof typeof LACKS, error: unknown): boolean {
  const codes: readonly (string | undefined)[] = LACKS[what];
  return codes.includes((error as NodeJS.ErrnoException).code);
}

/** Give permissions to what is ours, where there are any: `change` is a `chmod`. */
export async function whereModesAre(change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!lacks("modes", error)) throw error;
  }
}

/** May the umask of the process take any of these permissions from a new file? Deno does not tell it without `--allow-sys`. */
export function isMasked(mode: number): boolean {
  try {
    return (mode & ~process.umask()) !== mode;
  } catch {
    return true;
  }
}

/** Folders that are being flushed, and what those share that come meanwhile: it begins when that has ended. */
const flushes = new Map<string, { readonly running: Promise<void>; next?: Promise<void> }>();

/**
 * Make the names in a folder durable, as they are at the time of the call. Windows and some network file systems cannot; the files
 * themselves are safe by then. Calls that come while a folder is flushed share the next time: with many files that are written
 * into few folders, that is most of the flushes.
 */
export async function syncFolder(path: string): Promise<void> {
  if (!filePlatform().syncsFolders) return;
  const current = flushes.get(path);
  if (current === undefined) return flush(path);
  current.next ??= current.running.then(
    () => flush(path),
    () => flush(path),
  );
  return current.next;
}

async function flush(path: string): Promise<void> {
  const running = flushNow(path);
  const entry = { running };
  flushes.set(path, entry);
  try {
    await running;
  } finally {
    if (flushes.get(path) === entry && !("next" in entry)) flushes.delete(path);
  }
}

async function flushNow(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    try {
      await syncHandle(folder);
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!lacks("folderFlushes", error)) throw error;
  }
}

/**
 * Between attempts to rename or remove a file that another program has open, in milliseconds: three seconds in all. A virus
 * scanner or an indexer needs some milliseconds, a reader of a large file may need longer.
 */
const WAITS = [5, 10, 20, 40, 80, 150, 250, 400, 600, 700, 750];

/**
 * Renames a file, over another one if there is one. Where an open file stands in the way, tries again for three seconds.
 *
 * @throws the error of the operating system, as it is; for a directory in the place of the file `EISDIR`. The signal's reason.
 */
export async function renameFile(from: string, to: string, signal?: AbortSignal): Promise<void> {
  await whenFree(
    () => rename(from, to),
    signal,
    () => failIfLasting(to),
  );
}

/**
 * Removes a file. Where it cannot be removed while it is open, tries again for three seconds.
 *
 * @throws the error of the operating system, as it is.
 */
export async function unlinkFile(path: PathLike): Promise<void> {
  await whenFree(() => unlink(path));
}

async function whenFree(
  attempt: () => Promise<void>,
  signal?: AbortSignal,
  onBusy?: () => Promise<void>,
): Promise<void> {
  for (let attempts = 0; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      const wait = WAITS[attempts];
      const { code } = error as NodeJS.ErrnoException;
      if (wait === undefined || code === undefined || !filePlatform().busyCodes.includes(code)) throw error;
      await onBusy?.();
      await sleep(wait, signal);
    }
  }
}

/** On Windows a directory in the way is "not permitted" too, and stays there. */
async function failIfLasting(target: string): Promise<void> {
  const stats = await stat(target).catch(() => undefined);
  if (!stats?.isDirectory()) return;
  throw Object.assign(new Error("EISDIR: it is a directory"), { code: "EISDIR", syscall: "rename", path: target });
}

/** Non-blocking: a FIFO, or a file that is swapped for one before it is opened, must not hang us. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What something in a folder is, if it is not a regular file; `undefined` if it is one. */
export function irregularKind(
  stats: Pick<Stats, "isFile" | "isDirectory" | "isFIFO" | "isSocket">,
): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "directory";
  return stats.isFIFO() ? "FIFO" : stats.isSocket() ? "socket" : "device";
}

/**
 * Opens a regular file, or a link to one, for reading.
 *
 * @param irregularError - Makes the error for anything else, by what it is.
 * @throws what `irregularError` makes; errors of the system as they are.
 */
export async function openRegular(
  path: string,
  irregularError: (kind: string) => Error,
): Promise<{ handle: FileHandle; stats: Stats }> {
  const handle = await open(path, FLAGS);
  try {
    const stats = await handle.stat();
    const kind = irregularKind(stats);
    if (kind !== undefined) throw irregularError(kind);
    return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The same, synchronously. */
export function openRegularSync(path: string, irregularError: (kind: string) => Error): { fd: number; stats: Stats } {
  const fd = openSync(path, FLAGS);
  try {
    const stats = fstatSync(fd);
    const kind = irregularKind(stats);
    if (kind !== undefined) throw irregularError(kind);
    return { fd, stats };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Is a file at rest between two looks at it? By size and times: `mtime` can be set back, `ctime` cannot. */
export function isAtRest(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs;
}

/**
 * Do two paths, in two spellings, lead to one file? Not to two names of it: a hard link is a second file, and shows in the number
 * of links. Windows numbers files beyond what a JavaScript number holds.
 *
 * @returns false if one of them leads nowhere.
 * @throws errors of the system as they are.
 */
export async function isOneFile(path: PathLike, other: PathLike): Promise<boolean> {
  const [a, b] = await Promise.all([path, other].map((each) => lstat(each, { bigint: true }).catch(ignoreMissing)));
  return a !== undefined && b !== undefined && a.nlink === 1n && a.ino === b.ino && a.dev === b.dev;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

/**
 * The name of a temporary file for `name`: hidden, unique, and recognisable, with digits of chance and those of this process. File
 * systems allow 255 bytes, so a long name is cut.
 */
export function temporaryName(name: string): string {
  return `.${stemOf(name)}.${nodeCrypto().randomBytes(6).toString("hex")}${writerMark()}.tmp`;
}

const TEMPORARY = /^\.(.*)\.[0-9a-f]{12}([0-9a-f]{12})?\.tmp$/s;

/** Could a file by this name be one that `writeAtomic` writes to before it gives it its own name? */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Who wrote a temporary file, by its name; `undefined` if that cannot be known, and for any other name. */
export function temporaryWriter(name: string): Writer | undefined {
  return writerOf(TEMPORARY.exec(name)?.[2] ?? "");
}

/** What `stemOf` makes of the name of the file that a temporary file was written for; `undefined` of any other name. */
export function temporaryStem(name: string): string | undefined {
  return TEMPORARY.exec(name)?.[1];
}

/** The part of a name that the names of its temporary files have in them. */
export function stemOf(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.byteLength <= 200) return name;
  return bytes
    .subarray(0, 200)
    .toString("utf8")
    .replace(/\ufffd+$/, "");
}
