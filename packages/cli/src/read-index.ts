import { readFile, stat } from "node:fs/promises";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { type IndexFile, readIndex, showPath } from "@seamless/checksum/node";

/** What gets the bytes of a file, for whoever takes an index for that. */
export const GET_INSTEAD = "'seamless get' fetches files";

/** A checksum alone, as a `.CHECKSUM` file has it, with the comments that one may have. */
const BARE_CHECKSUM = /^(?:\s*(?:#[^\n]*)?\n)*\s*[0-9a-f]{64}\s*$/;
/** In bytes: what is larger is no checksum with a comment. */
const LONGEST = 4096;

/**
 * Read the index file of an operand.
 *
 * @throws {SeamlessError} as `readIndex`; `INVALID_INDEX` also says where a checksum was put by that name.
 */
export async function readOperandIndex(file: string, limits?: Parameters<typeof readIndex>[1]): Promise<IndexFile> {
  try {
    return await readIndex(file, limits);
  } catch (error) {
    if (isSeamlessError(error, "INVALID_INDEX") && (await holdsChecksum(file))) {
      const what = `${showPath(file)} is no index: it holds a bare checksum, which belongs into a .CHECKSUM file`;
      throw new SeamlessError("INVALID_INDEX", `${what}; ${GET_INSTEAD}`, { file, cause: error });
    }
    throw error;
  }
}

async function holdsChecksum(file: string): Promise<boolean> {
  try {
    return (await stat(file)).size <= LONGEST && BARE_CHECKSUM.test(await readFile(file, "utf8"));
  } catch {
    // Only to say more: what it was read as is wrong already.
    return false;
  }
}
