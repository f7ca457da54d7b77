import { closeSync, constants, fstatSync, openSync, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** Non-blocking: a FIFO, or a file that is swapped for one before it is opened, must not hang us. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What something in a folder is, if it is no regular file; `undefined` if it is one. */
export function irregularKind(
  stats: Pick<Stats, "isFile" | "isDirectory" | "isFIFO" | "isSocket">,
): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "directory";
  return stats.isFIFO() ? "FIFO" : stats.isSocket() ? "socket" : "device";
}

/**
 * Opens a regular file, or a link to one, for reading.
 *
 * @param irregularError - Makes the error for anything else, by what it is.
 * @throws what `irregularError` makes; errors of the system as they are.
 */
export async function openRegular(
  path: string,
  irregularError: (kind: string) => Error,
): Promise<{ handle: FileHandle; stats: Stats }> {
  const handle = await open(path, FLAGS);
  try {
    const stats = await handle.stat();
    const kind = irregularKind(stats);
    if (kind !== undefined) throw irregularError(kind);
    return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The same, synchronously. */
export function openRegularSync(path: string, irregularError: (kind: string) => Error): { fd: number; stats: Stats } {
  const fd = openSync(path, FLAGS);
  try {
    const stats = fstatSync(fd);
    const kind = irregularKind(stats);
    if (kind !== undefined) throw irregularError(kind);
    return { fd, stats };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Is a file at rest between two looks at it? By size and times: `mtime` can be set back, `ctime` cannot. */
export function isAtRest(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs;
}
