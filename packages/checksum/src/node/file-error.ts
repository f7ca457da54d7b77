import { getSystemErrorMap } from "node:util";
import { type ErrorCode, isSeamlessError, SeamlessError } from "../errors.ts";
import { showPath } from "../show.ts";

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
export function fileError(error: unknown, file: string, doing: string): unknown {
  const errno = (error as NodeJS.ErrnoException | null)?.code;
  if (isSeamlessError(error) || typeof errno !== "string") return error;
  // Node refuses some paths before it asks the system: with a NUL in it.
  if (errno.startsWith("ERR_INVALID_")) {
    return new SeamlessError("INVALID_ARGUMENT", `cannot ${doing} ${showPath(file)}: ${(error as Error).message}`, {
      cause: error,
      file,
    });
  }
  if (!("syscall" in (error as object))) return error;
  const [code, fault] = FAULTS[errno] ?? ["IO_ERROR", systemWords(error as NodeJS.ErrnoException)];
  return new SeamlessError(code, `cannot ${doing} ${showPath(file)}: ${fault}`, { cause: error, file });
}

/** What the system says of its error. Not Node's message, which has the path in it as it is. */
function systemWords({ errno, code }: NodeJS.ErrnoException): string {
  const [, words] = getSystemErrorMap().get(errno ?? 0) ?? [];
  return words === undefined ? String(code) : `${words} (${code})`;
}
