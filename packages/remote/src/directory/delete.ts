import { unlink } from "node:fs/promises";
import { fileError } from "@seamless/checksum/node";
import { FORMS, LENGTH_SUFFIX } from "./forms.ts";
import { filesOf, type Place } from "./layout.ts";

/**
 * Remove a buffer, in all its forms.
 *
 * @returns whether it was there.
 * @throws {SeamlessError} `PERMISSION_DENIED`, `READ_ONLY` and other file codes.
 */
export async function deleteBuffer(place: Place, hex: string): Promise<boolean> {
  let there = false;
  for (const file of filesOf(place, hex)) {
    for (const { suffix } of FORMS) if (await remove(file + suffix)) there = true;
    await remove(file + LENGTH_SUFFIX);
  }
  return there;
}

async function remove(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw fileError(error, path, "remove");
  }
}
