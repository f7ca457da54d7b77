import type { Dirent, Stats } from "node:fs";
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DirectoryIndex } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { mountPoints } from "./mounts.ts";
import { foldPath } from "./safe-paths.ts";

/** A file of a directory that its index does not list. */
export interface Other {
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
export async function findOthers(target: string, entries: DirectoryIndex, signal: AbortSignal): Promise<Other[]> {
  const root = await lookAt(target);
  if (root === undefined) return [];
  const real = await realpath(target);
  const points = mountPoints();
  const others: Other[] = [];
  const folders: Folder[] = [{ parts: [], path: "", mounted: false }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal.throwIfAborted();
    for (const entry of await readFolder(target, folder)) {
      const text = entry.name.toString();
      const path = folder.path + text;
      // U+FFFD may stand for bytes that are no text, and must not be taken for the file that has it in its name.
      if (entries.has(path) && Buffer.from(text).equals(entry.name)) continue;
      const parts = [...folder.parts, entry.name];
      const found = await lookAt(pathOf(real, parts), lstat);
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

async function lookAt(path: string | Buffer, look: typeof lstat = stat): Promise<Stats | undefined> {
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
async function withoutOtherSpellings(root: string, entries: DirectoryIndex, others: Other[]): Promise<Other[]> {
  if (others.length === 0) return others;
  const spellings = new Map<string, string>();
  for (const path of entries.keys()) spellings.set(foldPath(path), path);
  const kept: Other[] = [];
  for (const other of others) {
    const listed = spellings.get(foldPath(other.path));
    const same = listed === undefined ? undefined : await lookAt(join(root, listed), lstat);
    const { ino, dev, nlink } = other.found;
    // A second name of a file, where there are such, counts in its number of links.
    if (same === undefined || nlink !== 1 || same.ino !== ino || same.dev !== dev) kept.push(other);
  }
  return kept;
}
