import { constants, type PathLike, readFileSync, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readdir, readFile, realpath, stat } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { dirname, join, parse, relative, sep } from "node:path";
import { type DirectoryIndex, SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { isOneFile, isTemporaryName, unlinkFile } from "@seamless/internal/files";
import { filePlatform, foldPath } from "@seamless/internal/platform";
import { showPath } from "@seamless/internal/text";
import { mayBeInUse } from "../files/output-files.ts";
import { UsageError } from "../program/arguments.ts";

/** A file of a directory that its index does not list. */
export interface UnlistedFile {
  /** Relative, for messages: bytes that are not UTF-8 become U+FFFD. */
  readonly path: string;
  /** The folders below the directory, and the name, as bytes of the system. */
  readonly folders: readonly Buffer[];
  readonly name: Buffer;
  readonly found: Stats;
  /** It is on a file system that is mounted inside the directory. */
  readonly mounted: boolean;
}

interface Folder {
  readonly parts: readonly Buffer[];
  /** Relative; empty or with a final slash. */
  readonly path: string;
  readonly mounted: boolean;
}

/**
 * Finds the files of a directory that its index does not list, but a new index would. Links to directories are not
 * followed; links to files, and broken links, count.
 *
 * @returns the files in no particular order; none if the directory does not exist.
 * @throws {SeamlessError} file codes for a folder that cannot be read; the signal's reason.
 */
export async function findUnlisted(
  target: string,
  entries: DirectoryIndex,
  signal: AbortSignal,
): Promise<UnlistedFile[]> {
  const real = await realpath(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw fileError(error, target, "access");
  });
  if (real === undefined) return [];
  const device = await deviceOf(real);
  const points = mountPoints();
  const others: UnlistedFile[] = [];
  const folders: Folder[] = [{ parts: [], path: "", mounted: false }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal.throwIfAborted();
    for (const name of await readFolder(target, folder)) {
      const text = name.toString();
      const path = folder.path + text;
      // U+FFFD may stand for bytes that are not UTF-8: such a name must not match a path with a real U+FFFD.
      if (entries.has(path) && Buffer.from(text).equals(name)) continue;
      const parts = [...folder.parts, name];
      const found = await statIfExists(pathOf(real, parts), lstat);
      if (found?.isDirectory()) {
        const mounted = folder.mounted || found.dev !== device || points.has(join(real, path));
        folders.push({ parts, path: `${path}/`, mounted });
      } else if (found?.isFile() || (found?.isSymbolicLink() && (await leadsToFile(pathOf(real, parts))))) {
        others.push({ path, folders: folder.parts, name, found, mounted: folder.mounted });
      }
    }
  }
  return withoutOtherSpellings(real, entries, others);
}

/** Joins a path as bytes, since names need not be UTF-8. Where they are text, as text: Node makes long paths work only there. */
function pathOf(root: string, parts: readonly Buffer[]): string | Buffer {
  if (filePlatform().namesAreText) return join(root, ...parts.map(String));
  return Buffer.concat([Buffer.from(root), ...parts.flatMap((part) => [SLASH, part])]);
}

const SLASH = Buffer.from("/");

async function readFolder(target: string, { parts, path }: Folder): Promise<readonly Buffer[]> {
  try {
    // Without their types, which Bun does not give for names in bytes.
    return await readdir(pathOf(target, parts), { encoding: "buffer" });
  } catch (error) {
    // A folder that was removed meanwhile has no files.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw fileError(error, join(target, path), "read");
  }
}

async function statIfExists(path: string | Buffer, look: typeof lstat = stat): Promise<Stats | undefined> {
  try {
    return await look(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, path.toString(), "access");
  }
}

/** A broken link counts: it would be an error of a new index. */
async function leadsToFile(link: string | Buffer): Promise<boolean> {
  return stat(link).then(
    (stats) => stats.isFile(),
    () => true,
  );
}

/**
 * Drops files that the index lists under another spelling, on file systems that ignore case or the composition of
 * accents.
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
    if (listed === undefined || !(await isListedAs(listed, other, root))) kept.push(other);
  }
  return kept;
}

async function isListedAs(listed: string, { folders, name }: UnlistedFile, root: string): Promise<boolean> {
  try {
    return await isOneFile(join(root, listed), pathOf(root, [...folders, name]));
  } catch (error) {
    throw fileError(error, join(root, listed), "access");
  }
}

/** The mount points that the system tells of (only Linux): absolute paths without links. */
function mountPoints(): ReadonlySet<string> {
  let table: string;
  try {
    table = readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return new Set();
  }
  const points = table.split("\n").map((line) => line.split(" ")[4] ?? "");
  // White space and backslashes are written as octal escapes.
  return new Set(
    points.map((point) => point.replace(/\\(\d{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)))),
  );
}

/** Is a file system mounted at the folder? Also true if it is on another device than its parent. */
async function isMountPoint(folder: string, points: ReadonlySet<string>): Promise<boolean> {
  const real = await realpath(folder);
  if (points.has(real)) return true;
  const [own, parent] = await Promise.all([deviceOf(real), deviceOf(dirname(real))]);
  return own !== parent;
}

async function deviceOf(path: PathLike): Promise<number> {
  return (await lstat(path)).dev;
}

/**
 * Checks that files may be deleted in a directory: not in a root, a home folder or a folder that contains one, nor in a
 * mount point, where a mistake would cost too much. A directory that does not exist has nothing to delete.
 *
 * @throws {UsageError} if deleting is not allowed there.
 */
export async function checkDeletionAllowed(target: string): Promise<void> {
  const real = await realpath(target).catch(() => undefined);
  if (real === undefined) return;
  const fail = (what: string): never => {
    throw new UsageError(`--delete is not allowed in ${showPath(target)}: it ${what}`);
  };
  if (parse(real).root === real) fail("is a root directory");
  if (await isMountPoint(real, mountPoints())) fail("is a mount point");
  for (const home of await homes()) {
    const way = relative(real, await realpath(home).catch(() => home));
    if (way === "") fail("is a home folder");
    if (way !== ".." && !way.startsWith(`..${sep}`) && !parse(way).root) fail("contains a home folder");
  }
}

async function homes(): Promise<readonly string[]> {
  const users = await readFile("/etc/passwd", "utf8").catch(() => "");
  const listed = users.split("\n").map((line) => line.split(":")[5] ?? "");
  const own = [homedir, () => userInfo().homedir].flatMap((find) => {
    try {
      return [find()];
    } catch {
      // The system does not know the user.
      return [];
    }
  });
  return [...own, ...listed].filter((home) => home.startsWith("/") || parse(home).root !== "");
}

/** May another run be writing it? */
export function isBeingWritten({ name, found }: UnlistedFile): boolean {
  return isTemporaryName(name.toString()) && mayBeInUse(name.toString(), found);
}

/** Why a file is kept despite `--delete`; `undefined` if it may be deleted. */
export function reasonToKeep(other: UnlistedFile): string | undefined {
  if (other.mounted) return "it is on another file system";
  return isBeingWritten(other) ? "another download may be writing it" : undefined;
}

/**
 * Deletes a file, if it is still the one that was found. On Linux each folder is opened relative to the one above,
 * without following links, so that no file outside the directory can be deleted even if another process swaps a folder.
 *
 * @throws {SeamlessError} `FILE_CHANGED` if it is another file now; file codes.
 */
export async function deleteUnlisted(target: string, { path, folders, name, found }: UnlistedFile): Promise<void> {
  const shown = join(target, path);
  try {
    const folder = await openFolder(await realpath(target), folders);
    try {
      const file = pathOf(folder.path, [name]);
      if (!isSame(found, await lstat(file))) {
        const message = `cannot delete ${showPath(shown)}: it changed since it was found`;
        throw new SeamlessError("FILE_CHANGED", message, { file: shown });
      }
      await unlinkFile(file);
    } finally {
      await folder.handle?.close();
    }
  } catch (error) {
    throw fileError(error, shown, "delete");
  }
}

async function openFolder(root: string, parts: readonly Buffer[]): Promise<{ path: string; handle?: FileHandle }> {
  const { openFolders } = filePlatform();
  if (openFolders === undefined) return { path: await plainFolder(root, parts) };
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  let handle = await open(root, flags);
  for (const part of parts) {
    const parent = handle;
    try {
      handle = await open(pathOf(`${openFolders}/${parent.fd}`, [part]), flags);
    } finally {
      await parent.close();
    }
  }
  return { path: `${openFolders}/${handle.fd}`, handle };
}

/** On other systems the folders are only checked beforehand. Names are text there. */
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
