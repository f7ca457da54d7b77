import { chmod, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder, whereModesAre } from "@seamless/internal/files";
import { showPath } from "@seamless/internal/text";
import { SeamlessError } from "../errors.ts";
import { absolutePath, fileError } from "./path.ts";

export interface MakeFolderOptions {
  /**
   * Permissions of the folder, if it is made: exactly these, whatever the process's umask is, and set-group-ID too (0o2775).
   * Those that it is in, and are made for it, get the usual ones.
   * @default 0o777, less the umask; what the folder above hands down
   */
  readonly mode?: number | undefined;
}

/**
 * Make a folder, and those that it is in, as durably as `writeAtomic` makes files. One that is there already is success, and
 * is left as it is.
 *
 * @returns whether it was made.
 * @throws {SeamlessError} `NOT_A_DIRECTORY`, `PERMISSION_DENIED`, `READ_ONLY`, `DISK_FULL` and other file codes; `NOT_FOUND`
 * where nothing can be made (in `/proc`), and for a relative path in a working directory that has been removed.
 *
 * @example
 * import { makeFolder } from "@seamless/checksum/node";
 * console.log(await makeFolder("a/b"), await makeFolder("a")); // → true false
 */
export async function makeFolder(path: string | URL, { mode }: MakeFolderOptions = {}): Promise<boolean> {
  const folder = absolutePath(path);
  try {
    return await make(folder, mode);
  } catch (error) {
    throw fileError(error, folder, "make");
  }
}

/** One by one: Node's own way for all of them at once takes a read-only file system for a missing folder. */
async function make(folder: string, mode: number | undefined, again = true): Promise<boolean> {
  try {
    await mkdir(folder, mode);
    if (mode !== undefined) await setMode(folder, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Once: in /proc, and in a folder that was removed, nothing can be made although the parent is there.
    if (code === "ENOENT" && again && dirname(folder) !== folder) {
      await make(dirname(folder), undefined);
      return make(folder, mode, false);
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

/** Changes permissions only where they differ: a process outside the group would lose the set-group-ID that the folder inherited. */
async function setMode(folder: string, mode: number): Promise<void> {
  const { mode: found } = await stat(folder);
  const wanted = (mode & 0o7777) | (found & 0o2000);
  if ((found & 0o7777) !== wanted) await whereModesAre(chmod(folder, wanted));
}
