import { once } from "node:events";
import { constants, type Dirent, type PathLike, readFileSync, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readdir, readFile, realpath, stat, unlink } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { dirname, join, parse, relative, sep } from "node:path";
import { createInterface } from "node:readline/promises";
import { type DirectoryIndex, SeamlessError } from "@seamless/checksum";
import { fileError, isTemporaryName, showPath } from "@seamless/checksum/node";
import { UsageError } from "../program/arguments.ts";
import { foldPath } from "./download-plan.ts";
import { mayBeInUse } from "./restore.ts";

/** A file of a directory that its index does not list. */
export interface UnlistedFile {
  /** Relative, for people. What is not UTF-8 in it shows as U+FFFD. */
  readonly path: string;
  /** The folders it is in, from the directory on, and its name: as the system has them. */
  readonly folders: readonly Buffer[];
  readonly name: Buffer;
  readonly found: Stats;
  /** It lies behind a mount. */
  readonly mounted: boolean;
}

interface Folder {
  readonly parts: readonly Buffer[];
  /** Relative, empty or with a final slash. */
  readonly path: string;
  readonly mounted: boolean;
}

/**
 * The files of a directory that its index does not list: what an index of it would list besides. Links to directories are
 * not followed; a link to a file, or to nothing, counts.
 *
 * @returns in no order; none if there is no such directory.
 * @throws {SeamlessError} file codes for a folder that cannot be read; the signal's reason.
 */
export async function findUnlisted(
  target: string,
  entries: DirectoryIndex,
  signal: AbortSignal,
): Promise<UnlistedFile[]> {
  const root = await statIfExists(target);
  if (root === undefined) return [];
  const real = await realpath(target);
  const points = mountPoints();
  const others: UnlistedFile[] = [];
  const folders: Folder[] = [{ parts: [], path: "", mounted: false }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal.throwIfAborted();
    for (const entry of await readFolder(target, folder)) {
      const text = entry.name.toString();
      const path = folder.path + text;
      // U+FFFD may stand for bytes that are no text, and must not be taken for the file that has it in its name.
      if (entries.has(path) && Buffer.from(text).equals(entry.name)) continue;
      const parts = [...folder.parts, entry.name];
      const found = await statIfExists(pathOf(real, parts), lstat);
      if (found?.isDirectory()) {
        const mounted = folder.mounted || found.dev !== root.dev || points.has(join(real, path));
        folders.push({ parts, path: `${path}/`, mounted });
      } else if (found?.isFile() || (found?.isSymbolicLink() && (await leadsToFile(pathOf(real, parts))))) {
        others.push({ path, folders: folder.parts, name: entry.name, found, mounted: folder.mounted });
      }
    }
  }
  return withoutOtherSpellings(real, entries, others);
}

/** A path of bytes: a name need not be text. */
export function pathOf(root: string, parts: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(root), ...parts.flatMap((part) => [SLASH, part])]);
}

const SLASH = Buffer.from("/");

async function readFolder(target: string, { parts, path }: Folder): Promise<readonly Dirent<Buffer>[]> {
  try {
    return await readdir(pathOf(target, parts), { withFileTypes: true, encoding: "buffer" });
  } catch (error) {
    // A folder that has gone meanwhile has no files.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw fileError(error, join(target, path), "read");
  }
}

async function statIfExists(path: string | Buffer, look: typeof lstat = stat): Promise<Stats | undefined> {
  try {
    return await look(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, path.toString(), "look at");
  }
}

/** One that leads nowhere would be an error of the index. */
async function leadsToFile(link: Buffer): Promise<boolean> {
  return stat(link).then(
    (stats) => stats.isFile(),
    () => true,
  );
}

/**
 * Where a file system does not care for case or composition, a file may be listed under another spelling than that of the
 * index. It is the same file then, and not one besides.
 */
async function withoutOtherSpellings(
  root: string,
  entries: DirectoryIndex,
  others: UnlistedFile[],
): Promise<UnlistedFile[]> {
  if (others.length === 0) return others;
  const spellings = new Map<string, string>();
  for (const path of entries.keys()) spellings.set(foldPath(path), path);
  const kept: UnlistedFile[] = [];
  for (const other of others) {
    const listed = spellings.get(foldPath(other.path));
    const same = listed === undefined ? undefined : await statIfExists(join(root, listed), lstat);
    const { ino, dev, nlink } = other.found;
    // A second name of a file, where there are such, counts in its number of links.
    if (same === undefined || nlink !== 1 || same.ino !== ino || same.dev !== dev) kept.push(other);
  }
  return kept;
}

/** Where file systems are mounted, as far as the system tells: absolute paths, without links. */
export function mountPoints(): ReadonlySet<string> {
  let table: string;
  try {
    table = readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return new Set();
  }
  const points = table.split("\n").map((line) => line.split(" ")[4] ?? "");
  // White space and backslashes are written as three octal digits.
  return new Set(
    points.map((point) => point.replace(/\\(\d{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)))),
  );
}

/** Is a file system mounted there? A folder that lies on another one than its parent is one, bound or not. */
export async function isMountPoint(folder: string, points: ReadonlySet<string>): Promise<boolean> {
  const real = await realpath(folder);
  if (points.has(real)) return true;
  const [own, parent] = await Promise.all([deviceOf(real), deviceOf(dirname(real))]);
  return own !== parent;
}

async function deviceOf(path: PathLike): Promise<number> {
  return (await lstat(path)).dev;
}

/**
 * Refuse to delete anything in a directory where a slip would cost too much: a root, a home folder or what has one in it,
 * and where a file system is mounted. One that is not there has nothing to delete.
 *
 * @throws {UsageError}
 */
export async function checkDeletionAllowed(target: string): Promise<void> {
  const real = await realpath(target).catch(() => undefined);
  if (real === undefined) return;
  const fail = (what: string): never => {
    throw new UsageError(`--delete is never done in ${showPath(target)}: it is ${what}`);
  };
  if (parse(real).root === real) fail("a root");
  if (await isMountPoint(real, mountPoints())) fail("where a file system is mounted");
  for (const home of await homes()) {
    const way = relative(real, await realpath(home).catch(() => home));
    if (way === "") fail("a home folder");
    if (way !== ".." && !way.startsWith(`..${sep}`) && !parse(way).root) fail("what has a home folder in it");
  }
}

async function homes(): Promise<readonly string[]> {
  const users = await readFile("/etc/passwd", "utf8").catch(() => "");
  const listed = users.split("\n").map((line) => line.split(":")[5] ?? "");
  const own = [homedir, () => userInfo().homedir].flatMap((find) => {
    try {
      return [find()];
    } catch {
      // A user whom the system does not know.
      return [];
    }
  });
  return [...own, ...listed].filter((home) => home.startsWith("/") || parse(home).root !== "");
}

/** Has it the name of a file that is being written, or was when a run was killed? */
export function isTemporary({ name }: UnlistedFile): boolean {
  return isTemporaryName(name.toString());
}

/** Why a file is not deleted, whatever was said; `undefined` if it may be. */
export function reasonToKeep(other: UnlistedFile): string | undefined {
  const { found, mounted } = other;
  if (mounted) return "it lies behind a mount";
  const young = isTemporary(other) && mayBeInUse(found);
  return young ? "another download may be writing it" : undefined;
}

/**
 * Delete a file, if it is still the one that was found. Where the system allows it, each folder on the way is opened in
 * the one before, without following a link: nothing outside the directory can be put in its place.
 *
 * @throws {SeamlessError} `FILE_CHANGED` if it is another one by now; file codes.
 */
export async function deleteUnlisted(target: string, { path, folders, name, found }: UnlistedFile): Promise<void> {
  const shown = join(target, path);
  try {
    const folder = await openFolder(await realpath(target), folders);
    try {
      const file = pathOf(folder.path, [name]);
      if (!isSame(found, await lstat(file))) {
        const message = `cannot delete ${showPath(shown)}: it changed since it was looked at`;
        throw new SeamlessError("FILE_CHANGED", message, { file: shown });
      }
      await unlink(file);
    } finally {
      await folder.handle?.close();
    }
  } catch (error) {
    throw fileError(error, shown, "delete");
  }
}

/** Linux names the folders that a process has open. */
const OPEN_FOLDERS = "/proc/self/fd";

async function openFolder(root: string, parts: readonly Buffer[]): Promise<{ path: string; handle?: FileHandle }> {
  if (process.platform !== "linux") return { path: await plainFolder(root, parts) };
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  let handle = await open(root, flags);
  for (const part of parts) {
    const parent = handle;
    try {
      handle = await open(pathOf(`${OPEN_FOLDERS}/${parent.fd}`, [part]), flags);
    } finally {
      await parent.close();
    }
  }
  return { path: `${OPEN_FOLDERS}/${handle.fd}`, handle };
}

/** Elsewhere there is only a look beforehand. Names are text there. */
async function plainFolder(root: string, parts: readonly Buffer[]): Promise<string> {
  let folder = root;
  for (const part of parts) {
    folder = join(folder, part.toString());
    if ((await lstat(folder)).isDirectory()) continue;
    throw new SeamlessError("NOT_A_DIRECTORY", `${showPath(folder)} is not a directory any more`, { file: folder });
  }
  return folder;
}

function isSame(a: Stats, b: Stats): boolean {
  return (["dev", "ino", "size", "mode", "mtimeMs"] as const).every((key) => a[key] === b[key]);
}

/** Can somebody be asked? */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Ask somebody at the terminal. Anything but a yes is a no.
 *
 * @throws the signal's reason.
 */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  // Not as a terminal: in raw mode, Ctrl-C would be a character.
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    const answer = await Promise.race([
      lines.question(question, { signal }),
      once(lines, "close", { signal }).then(() => ""),
    ]);
    return /^\s*y(?:es)?\s*$/i.test(answer);
  } finally {
    lines.close();
  }
}
