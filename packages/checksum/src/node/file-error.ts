import { type ErrorCode, isSeamlessError, SeamlessError } from "../errors.ts";

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
};

/**
 * An error of the operating system as one of ours, with the file and what was being done to it.
 * What is one of ours already, or was thrown by an abort, passes unchanged.
 */
export function fileError(error: unknown, file: string | URL, doing: string): unknown {
  const errno = (error as NodeJS.ErrnoException | null)?.code;
  if (isSeamlessError(error) || typeof errno !== "string") return error;
  // Node refuses some paths before it asks the system: with a NUL in it, a URL of another scheme.
  if (errno.startsWith("ERR_INVALID_")) {
    return new SeamlessError("INVALID_ARGUMENT", `cannot ${doing} ${showPath(file)}: ${(error as Error).message}`, {
      cause: error,
      file: String(file),
    });
  }
  if (!("syscall" in (error as object))) return error;
  const [code, fault] = FAULTS[errno] ?? ["IO_ERROR", (error as Error).message];
  return new SeamlessError(code, `cannot ${doing} ${showPath(file)}: ${fault}`, { cause: error, file: String(file) });
}

/** A path as it is safe to print on one line: control characters, backslashes and unpaired surrogates escaped. */
export function showPath(path: string | URL): string {
  const text = String(path);
  return /[\\\p{Cc}\p{Surrogate}]/u.test(text) ? JSON.stringify(text) : text;
}
