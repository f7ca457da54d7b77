import { resolve } from "node:path";
import type { SeamlessError } from "@seamless/checksum";
import { showPath } from "@seamless/checksum/node";

/**
 * The message of an error with what was being done to a file before it, unless it says so itself: of the same file, in
 * whatever way its path is written.
 *
 * @param verb - `write`, for "cannot write FILE: …".
 */
export function messageOf({ message, file: named }: SeamlessError, verb: string, file: string): string {
  const saysSo = named !== undefined && resolve(named) === resolve(file) && message.startsWith(`cannot ${verb} `);
  const doing = `cannot ${verb} ${showPath(file)}: `;
  return saysSo || message.startsWith(doing) ? message : doing + message;
}
