import { closeSync, constants, fstatSync, openSync, type Stats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { showPath } from "@seamless/internal/text";
import { SeamlessError } from "../errors.ts";
import { fileError } from "./file-error.ts";

// Non-blocking, so that a file that was swapped for a FIFO between the look and the open does not hang us.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Open a regular file, or a link to one, for reading. Anything else is refused without being opened.
 *
 * @throws {SeamlessError} `NOT_A_FILE`, `NOT_FOUND`, `PERMISSION_DENIED` and other file codes.
 */
export async function openRegular(path: string): Promise<{ handle: FileHandle; stats: Stats }> {
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

/** The same, synchronously, for what has just been seen to be a regular file: the look before the open is saved. */
export function openRegularSync(path: string): { fd: number; stats: Stats } {
  try {
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
 * Refuse a file whose size or times of change moved while it was read: its bytes are of no one version. The time of
 * content (`mtime`) can be set back by whoever may write the file, that of any change (`ctime`) cannot. The price: a new
 * link or new permissions count too.
 *
 * @throws {SeamlessError} `FILE_CHANGED`.
 */
export function refuseIfChanged(path: string, before: Stats, after: Stats, bytesRead: number): void {
  const atRest = before.size === after.size && before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs;
  if (atRest && bytesRead === after.size) return;
  const fault = atRest
    ? `cannot read ${showPath(path)}: its size is not what the system says (a file that the kernel makes up?)`
    : `${showPath(path)} changed while it was read: try again when it is at rest`;
  throw new SeamlessError("FILE_CHANGED", fault, { file: path });
}

/** What a thing in a directory is, if it is no regular file; `undefined` if it is one. */
export function irregularKind(
  stats: Pick<Stats, "isFile" | "isDirectory" | "isFIFO" | "isSocket">,
): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "directory";
  return stats.isFIFO() ? "FIFO" : stats.isSocket() ? "socket" : "device";
}

function refuseIrregular(path: string, stats: Stats): void {
  const kind = irregularKind(stats);
  if (kind === undefined) return;
  throw new SeamlessError("NOT_A_FILE", `cannot read ${showPath(path)}: it is a ${kind}, not a regular file`, {
    file: path,
  });
}
