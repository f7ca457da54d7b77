import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readFile, realpath, unlink } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { join, parse, relative, sep } from "node:path";
import { SeamlessError } from "@seamless/checksum";
import { fileError, isTemporaryName, showPath } from "@seamless/checksum/node";
import { UsageError } from "../usage.ts";
import { isYoung } from "./leftovers.ts";
import { isMountPoint, mountPoints } from "./mounts.ts";
import { type Other, pathOf } from "./others.ts";

/**
 * Refuse to delete anything in a directory where a slip would cost too much: a root, a home folder or what has one in it,
 * and where a file system is mounted. One that is not there has nothing to delete.
 *
 * @throws {UsageError}
 */
export async function refuseDeletion(target: string): Promise<void> {
  const real = await realpath(target).catch(() => undefined);
  if (real === undefined) return;
  const refuse = (what: string): never => {
    throw new UsageError(`--delete is never done in ${showPath(target)}: it is ${what}`);
  };
  if (parse(real).root === real) refuse("a root");
  if (await isMountPoint(real, mountPoints())) refuse("where a file system is mounted");
  for (const home of await homes()) {
    const way = relative(real, await realpath(home).catch(() => home));
    if (way === "") refuse("a home folder");
    if (way !== ".." && !way.startsWith(`..${sep}`) && !parse(way).root) refuse("what has a home folder in it");
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
export function isTemporary({ name }: Other): boolean {
  return isTemporaryName(name.toString());
}

/** Why a file is not deleted, whatever was said; `undefined` if it may be. */
export function spared(other: Other): string | undefined {
  const { found, mounted } = other;
  if (mounted) return "it lies behind a mount";
  const young = isTemporary(other) && isYoung(found);
  return young ? "another download may be writing it" : undefined;
}

/**
 * Delete a file, if it is still the one that was found. Where the system allows it, each folder on the way is opened in
 * the one before, without following a link: nothing outside the directory can be put in its place.
 *
 * @throws {SeamlessError} `FILE_CHANGED` if it is another one by now; file codes.
 */
export async function deleteOther(target: string, { path, folders, name, found }: Other): Promise<void> {
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
