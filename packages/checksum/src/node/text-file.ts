import { SeamlessError } from "../errors.ts";
import { fileError, showPath } from "./file-error.ts";
import { openRegular } from "./regular-file.ts";

/** Far more than any file that is read as text here needs. */
const LIMIT = 4096;

/**
 * Text of a small file.
 *
 * @throws {SeamlessError} `TOO_LARGE` over 4 KiB, and file codes.
 */
export async function readTextFile(path: string | URL): Promise<string> {
  const { handle, stats } = await openRegular(path);
  try {
    if (stats.size > LIMIT) {
      throw new SeamlessError("TOO_LARGE", `${showPath(path)} is over ${LIMIT} bytes: it is not a checksum file`, {
        file: String(path),
      });
    }
    return await handle.readFile("utf8");
  } catch (error) {
    throw fileError(error, path, "read");
  } finally {
    await handle.close();
  }
}
