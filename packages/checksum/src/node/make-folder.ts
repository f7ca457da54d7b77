import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { SeamlessError } from "../errors.ts";
import { showPath } from "../show.ts";
import { fileError } from "./file-error.ts";
import { asPath } from "./path.ts";
import { syncFolder } from "./sync-folder.ts";

/**
 * Make a folder, and those that it is in, as durably as `writeAtomic` makes files. One that is there already is success.
 *
 * @returns whether it was made.
 * @throws {SeamlessError} `NOT_A_DIRECTORY`, `PERMISSION_DENIED`, `READ_ONLY`, `DISK_FULL` and other file codes.
 *
 * @example
 * import { makeFolder } from "@seamless/checksum/node";
 * console.log(await makeFolder("a/b"), await makeFolder("a")); // → true false
 */
export async function makeFolder(path: string | URL): Promise<boolean> {
  const folder = resolve(asPath(path));
  try {
    return await make(folder);
  } catch (error) {
    throw fileError(error, folder, "make");
  }
}

/** One by one: Node's own way for all of them at once takes a read-only file system for a missing folder. */
async function make(folder: string, again = true): Promise<boolean> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Once: in /proc, and in a folder that was removed, nothing can be made although the parent is there.
    if (code === "ENOENT" && again && dirname(folder) !== folder) {
      await make(dirname(folder));
      return make(folder, false);
    }
    if (await isFolder(folder)) return false;
    if (code !== "EEXIST") throw error;
    const message = `cannot make ${showPath(folder)}: there is something else by that name`;
    throw new SeamlessError("NOT_A_DIRECTORY", message, { cause: error, file: folder });
  }
  await syncFolder(dirname(folder));
  return true;
}

/** Roots of file systems, and folders in what may not be written to, are not always said to exist already. */
async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
