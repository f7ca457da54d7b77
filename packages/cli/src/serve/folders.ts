import { stat } from "node:fs/promises";
import { delimiter } from "node:path";
import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { fileError, makeFolder, showPath } from "@seamless/checksum/node";

/**
 * The folders of `--extra-dirs`, with `:` between them as in other lists of paths, or `;` as the server in Python has it.
 */
export function splitFolders(list: string): readonly string[] {
  const separator = list.includes(";") ? ";" : delimiter;
  return list
    .split(separator)
    .map((path) => path.trim())
    .filter((path) => path !== "");
}

/**
 * Make sure that a folder is there to be served.
 *
 * @param path - Absolute.
 * @param given - What was typed, for messages.
 * @param writable - Make it, if it is not.
 * @throws {SeamlessError} `NOT_FOUND`, `NOT_A_DIRECTORY` and other file codes.
 */
export async function prepareFolder(path: string, given: string, writable: boolean): Promise<void> {
  try {
    if (writable) await makeFolder(path);
    if ((await stat(path)).isDirectory()) return;
  } catch (error) {
    const other = isSeamlessError(error, "NOT_A_DIRECTORY") && error.file === path;
    if (!other) throw fileError(error, given, "serve");
  }
  const fault = `cannot serve ${showPath(given)}: it is not a directory`;
  throw new SeamlessError("NOT_A_DIRECTORY", fault, { file: given });
}
