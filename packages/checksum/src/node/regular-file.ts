import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { SeamlessError } from "../errors.ts";
import { fileError, showPath } from "./file-error.ts";

type Path = string | URL;

// Non-blocking, so that a file that was swapped for a FIFO between the look and the open does not hang us.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Open a regular file, or a link to one, for reading. Anything else is refused without being opened.
 *
 * @throws {SeamlessError} `NOT_A_FILE`, `NOT_FOUND`, `PERMISSION_DENIED` and other file codes.
 */
export async function openRegular(path: Path): Promise<{ handle: FileHandle; stats: Stats }> {
  try {
    refuseIrregular(path, await stat(path));
    const handle = await open(path, FLAGS);
    try {
      const stats = await handle.stat();
      refuseIrregular(path, stats);
      return { handle, stats };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw fileError(error, path, "read");
  }
}

/**
 * The same, synchronously.
 *
 * @param known - The caller has just seen that it is a regular file, so the look before the open is saved.
 */
export function openRegularSync(path: Path, known = false): { fd: number; stats: Stats } {
  try {
    if (!known) refuseIrregular(path, statSync(path));
    const fd = openSync(path, FLAGS);
    try {
      const stats = fstatSync(fd);
      refuseIrregular(path, stats);
      return { fd, stats };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } catch (error) {
    throw fileError(error, path, "read");
  }
}

/**
 * Refuse a file whose size or time of change moved while it was read: its bytes are of no one version.
 *
 * @throws {SeamlessError} `FILE_CHANGED`.
 */
export function refuseIfChanged(path: Path, before: Stats, after: Stats, bytesRead: number): void {
  if (before.size === after.size && before.mtimeMs === after.mtimeMs && bytesRead === after.size) return;
  throw new SeamlessError("FILE_CHANGED", `${showPath(path)} changed while it was read: try again when it is at rest`, {
    file: String(path),
  });
}

/** What a thing in a directory is, if it is no regular file; `undefined` if it is one. */
export function irregularKind(
  stats: Pick<Stats, "isFile" | "isDirectory" | "isFIFO" | "isSocket">,
): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "directory";
  return stats.isFIFO() ? "FIFO" : stats.isSocket() ? "socket" : "device";
}

function refuseIrregular(path: Path, stats: Stats): void {
  const kind = irregularKind(stats);
  if (kind === undefined) return;
  throw new SeamlessError("NOT_A_FILE", `cannot read ${showPath(path)}: it is a ${kind}, not a regular file`, {
    file: String(path),
  });
}
