import type { Stats } from "node:fs";
import { lstat, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { absolutePath, fileError, makeFolder, showPath } from "@seamless/checksum/node";

/** What lies where a file should be. */
export type Present = "nothing" | "file" | "link";

/** Where a path of an index lies in the directory that is made. */
export function placeOf(target: string, path: string): string {
  return join(target, ...path.split("/"));
}

/**
 * See that every directory between the target and a file is one, and no link: what lies behind a link is not the
 * target's. To be called right before something is done there, since others may change it.
 *
 * @param path - Of the file, relative, as an index has it.
 * @param make - Make those that are missing.
 * @returns whether they are all there.
 * @throws {SeamlessError} `NOT_A_DIRECTORY`; file codes.
 */
export async function checkFolders(target: string, path: string, make: boolean): Promise<boolean> {
  const parts = path.split("/").slice(0, -1);
  let folder = target;
  for (const part of parts) {
    folder = join(folder, part);
    const stats = (await look(folder)) ?? (make ? await makeWithin(folder) : undefined);
    if (stats === undefined) return false;
    if (stats.isDirectory()) continue;
    const what = stats.isSymbolicLink() ? "a link, which is not followed" : "there, and not a directory";
    const message = `cannot write ${showPath(placeOf(target, path))}: ${showPath(folder)} is ${what}`;
    throw new SeamlessError("NOT_A_DIRECTORY", message, { file: folder });
  }
  return true;
}

/**
 * What lies where a file should be.
 *
 * @throws {SeamlessError} `NOT_A_FILE` for what cannot be replaced: a directory, a device; file codes.
 */
export async function examine(file: string): Promise<{ present: Present; size: number }> {
  const stats = await look(file);
  if (stats === undefined) return { present: "nothing", size: 0 };
  if (stats.isFile()) return { present: "file", size: stats.size };
  if (stats.isSymbolicLink()) return { present: "link", size: 0 };
  const what = stats.isDirectory() ? "a directory" : "there, and not a regular file";
  throw new SeamlessError("NOT_A_FILE", `cannot write ${showPath(file)}: it is ${what}`, { file });
}

/** The directory that is made. It may be a link itself: whoever names it knows where it leads. */
export async function makeTarget(target: string): Promise<void> {
  try {
    await makeFolder(target);
  } catch (error) {
    // What is wrong with one that it lies in, the error says itself.
    const taken = isSeamlessError(error, "NOT_A_DIRECTORY") && error.file === absolutePath(target);
    if (!taken || (error.cause as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const message = `cannot make ${showPath(target)}: it is there, and not a directory`;
    throw new SeamlessError("NOT_A_DIRECTORY", message, { cause: error, file: target });
  }
}

async function makeWithin(folder: string): Promise<Stats | undefined> {
  try {
    await mkdir(folder);
  } catch (error) {
    // For another file, at the same time.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw fileError(error, folder, "make");
  }
  return look(folder);
}

async function look(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw fileError(error, path, "look at");
  }
}

/** Paths by the directory they are in. */
export function byFolder(paths: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const folder = dirname(path);
    const siblings = folders.get(folder);
    if (siblings === undefined) folders.set(folder, [path]);
    else siblings.push(path);
  }
  return folders;
}
