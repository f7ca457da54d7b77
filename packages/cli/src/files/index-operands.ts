import { readFile, stat } from "node:fs/promises";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { type IndexFile, type IndexPaths, indexPaths, readIndex } from "@seamless/checksum/node";
import { showPath } from "@seamless/internal/text";
import { withUsageErrors } from "../program/arguments.ts";
import { GET_INSTEAD } from "./operands.ts";

/** A checksum as in a `.CHECKSUM` file, with the comments allowed there. */
const BARE_CHECKSUM = /^(?:\s*(?:#[^\n]*)?\n)*\s*[0-9a-f]{64}\s*$/;
/** In bytes: a larger file cannot be a checksum with a comment. */
const LONGEST = 4096;

/**
 * Reads the index file of an operand.
 *
 * @throws {SeamlessError} as `readIndex`; the message of `INVALID_INDEX` says so if the file holds a bare checksum.
 */
export async function readOperandIndex(file: string, limits?: Parameters<typeof readIndex>[1]): Promise<IndexFile> {
  try {
    return await readIndex(file, limits);
  } catch (error) {
    if (isSeamlessError(error, "INVALID_INDEX") && (await holdsChecksum(file))) {
      const what = `${showPath(file)} is not an index: it holds a bare checksum, which belongs in a .CHECKSUM file`;
      throw new SeamlessError("INVALID_INDEX", `${what}; ${GET_INSTEAD}`, { file, cause: error });
    }
    throw error;
  }
}

async function holdsChecksum(file: string): Promise<boolean> {
  try {
    return (await stat(file)).size <= LONGEST && BARE_CHECKSUM.test(await readFile(file, "utf8"));
  } catch {
    // Only for a better message: the index is invalid anyway.
    return false;
  }
}

/**
 * The paths of a directory, its index and its checksum file.
 *
 * @throws {UsageError} for a root directory, which nothing can lie beside.
 */
export function indexPathsOf(operand: string): IndexPaths {
  return withUsageErrors(() => indexPaths(operand));
}
