import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";
import { fileError } from "@seamless/checksum/node";

/**
 * Find out before the work, rather than after it, that its result cannot be written.
 *
 * @param file - What is to be written; it need not be there.
 * @throws {SeamlessError} `PERMISSION_DENIED`, `READ_ONLY` and other file codes.
 */
export async function refuseUnwritable(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK);
  } catch (error) {
    // In a missing folder what is to be read is missing too, which reading says better.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, file, "write");
  }
}
