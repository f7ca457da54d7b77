import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, showPath } from "@seamless/internal/text";
import { SeamlessError } from "../errors.ts";

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

/**
 * The absolute path of a path.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` for what is no path; `NOT_FOUND` for a relative one in a working directory that
 * has been removed.
 */
export function absolutePath(path: string | URL): string {
  const given = asPath(path);
  try {
    return resolve(given);
  } catch (cause) {
    throw new SeamlessError("NOT_FOUND", `cannot find ${showPath(given)}: ${NO_DIRECTORY}`, { cause, file: given });
  }
}

/** Of a relative path that leads nowhere any more. */
export const NO_DIRECTORY =
  "the working directory has been removed; change to one that is there, or give an absolute path";

/** Is there no place any more that relative paths begin at? */
export function isAdrift(path: string): boolean {
  if (isAbsolute(path)) return false;
  try {
    process.cwd();
    return false;
  } catch {
    return true;
  }
}
