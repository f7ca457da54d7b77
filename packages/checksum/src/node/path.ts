import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { getSystemErrorMap } from "node:util";
import { describe, showPath } from "@seamless/internal/text";
import { type ErrorCode, isSeamlessError, SeamlessError } from "../errors.ts";

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
 * @throws {SeamlessError} `INVALID_ARGUMENT` for anything but a string or a file URL; `NOT_FOUND` for a relative one in a working directory that
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
const NO_DIRECTORY = "the working directory has been removed; change to one that is there, or give an absolute path";

/** Is there no place any more that relative paths begin at? */
function isAdrift(path: string): boolean {
  if (isAbsolute(path)) return false;
  try {
    process.cwd();
    return false;
  } catch {
    return true;
  }
}

/** What the operating system says → code, and what to tell the reader. */
const FAULTS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ["NOT_FOUND", "no such file or directory"],
  ENOTDIR: ["NOT_A_DIRECTORY", "a part of the path is not a directory"],
  EISDIR: ["NOT_A_FILE", "it is a directory"],
  EACCES: ["PERMISSION_DENIED", "permission denied"],
  EPERM: ["PERMISSION_DENIED", "operation not permitted"],
  EROFS: ["READ_ONLY", "the file system is read-only"],
  ENOSPC: ["DISK_FULL", "no space left on the device"],
  EDQUOT: ["DISK_FULL", "the disk quota is used up"],
  ELOOP: ["NOT_FOUND", "a link that leads back to itself"],
  ENAMETOOLONG: ["INVALID_NAME", "the name is too long"],
  ENXIO: ["NOT_A_FILE", "it is a device or socket that cannot be read"],
  EFBIG: ["TOO_LARGE", "larger than the file system allows"],
  ENOSYS: ["UNSUPPORTED", "the file system, or this platform, cannot do that"],
  ENOTSUP: ["UNSUPPORTED", "the file system cannot do that"],
  EOPNOTSUPP: ["UNSUPPORTED", "the file system cannot do that"],
};

/** What Node says when it was built, or patched, without something → the same for all. */
const MISSING: readonly (string | undefined)[] = ["ERR_METHOD_NOT_IMPLEMENTED", "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"];

/**
 * Wraps an error of the operating system in a `SeamlessError`, with the file and what was being done to it; also an error
 * of a layer above the system (Yarn's Plug'n'Play, a runtime other than Node) that lacks a function of Node.
 *
 * @param error - Anything that was thrown. A `SeamlessError`, and the reason of an abort, are returned as they are.
 * @param file - Path of the file, for the message and the field `file`.
 * @param doing - A verb: "read", "write".
 * @returns what to throw.
 *
 * @example
 * import { open } from "node:fs/promises";
 * import { fileError } from "@seamless/checksum/node";
 * await open("missing.txt").catch((error) => console.log(fileError(error, "missing.txt", "read").message));
 * // → cannot read missing.txt: no such file or directory
 */
export function fileError(error: unknown, file: string, doing: string): unknown {
  if (isSeamlessError(error)) return error;
  const make = (code: ErrorCode, fault: string) =>
    new SeamlessError(code, `cannot ${doing} ${showPath(file)}: ${fault}`, { cause: error, file });
  if (isMissing(error)) return make("UNSUPPORTED", `this platform cannot do that (${describe(error.message)})`);
  const errno = (error as NodeJS.ErrnoException | null)?.code;
  if (typeof errno !== "string") return error;
  // Node rejects a path with a NUL in it before it asks the system.
  if (errno.startsWith("ERR_INVALID_")) return make("INVALID_ARGUMENT", (error as Error).message);
  if (!("syscall" in (error as object))) return error;
  if (errno === "ENOENT" && isAdrift(file)) return make("NOT_FOUND", NO_DIRECTORY);
  const [code, fault] = FAULTS[errno] ?? ["IO_ERROR", systemWords(error as NodeJS.ErrnoException)];
  return make(code, fault);
}

/** Is it that something is not there at all, which no other attempt will change? */
function isMissing(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined) return MISSING.includes(code);
  return /\bnot (yet )?(implemented|supported)\b/i.test(error.message) || isNoFunction(error);
}

function isNoFunction(error: Error): boolean {
  return error instanceof TypeError && /\bis not a function\b/.test(error.message);
}

/** What the system says of its error. Not Node's message, which has the path in it as it is. */
function systemWords({ errno, code }: NodeJS.ErrnoException): string {
  const [, words] = getSystemErrorMap().get(errno ?? 0) ?? [];
  return words === undefined ? String(code) : `${words} (${code})`;
}
