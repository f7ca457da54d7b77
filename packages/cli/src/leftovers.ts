import { unlink } from "node:fs/promises";
import { fileError, findLeftovers } from "@seamless/checksum/node";
import type { Console } from "./console.ts";

/**
 * What killed runs have left beside files that are about to be written. To be found before and removed after, so that no
 * run loses the file it is writing. None where a folder cannot be listed: whoever cannot list it can still write there.
 */
export async function leftoversOf(files: readonly string[]): Promise<readonly string[]> {
  return findLeftovers(files).catch(() => []);
}

/**
 * Remove them. That one stays (somebody else's, in a folder like `/tmp`) is worth a note, and no failure.
 *
 * @returns how many were removed.
 */
export async function removeLeftovers(console: Console, files: readonly string[]): Promise<number> {
  let removed = 0;
  for (const file of files) {
    try {
      await unlink(file);
      removed++;
    } catch (error) {
      // Another run may have been faster.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      console.note((fileError(error, file, "remove") as Error).message);
    }
  }
  return removed;
}
