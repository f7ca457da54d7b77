import { fileURLToPath } from "node:url";
import { describe, SeamlessError } from "../errors.ts";
import { showPath } from "../show.ts";

/**
 * A path as a string: what every function here that takes a path makes of it first.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` for anything but a string or a file URL.
 */
export function asPath(path: string | URL): string {
  if (typeof path === "string") return path;
  try {
    return fileURLToPath(path);
  } catch (cause) {
    const found = path instanceof URL ? showPath(path.href) : describe(path);
    throw new SeamlessError("INVALID_ARGUMENT", `expected a path (a string or a file URL), got ${found}`, { cause });
  }
}
