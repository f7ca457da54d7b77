import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
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
    const first = await mkdir(folder, { recursive: true });
    if (first === undefined) return false;
    for (let made = folder; ; made = dirname(made)) {
      await syncFolder(dirname(made));
      // Node gives the topmost that it made, in whatever spelling.
      if (made === resolve(first) || made === dirname(made)) return true;
    }
  } catch (error) {
    throw fileError(error, folder, "make");
  }
}
