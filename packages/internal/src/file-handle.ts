import { fdatasync, fsync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";

/*
 * What is done to an open file, in the ways that work everywhere. Yarn's Plug'n'Play puts a `FileHandle` of its own in place
 * of Node's: its `sync`, `datasync`, `utimes` and `readv` throw, and its `read` takes a `Uint8Array` that is no `Buffer` for a
 * dict of options.
 */

const sync = promisify(fsync);
const syncData = promisify(fdatasync);

/**
 * Have what was written to an open file, or the names in an open folder, reach the disk.
 *
 * @throws the error of the operating system, as it is: see `fileError`.
 */
export async function syncHandle({ fd }: FileHandle): Promise<void> {
  await sync(fd);
}

/** The same without what does not help to read it again, such as its times. */
export async function syncHandleData({ fd }: FileHandle): Promise<void> {
  await syncData(fd);
}

/**
 * Read once from an open file.
 *
 * @param into - Filled from its start, as far as one read goes.
 * @param position - Offset in the file, in bytes; `null` for where the last read ended.
 * @returns the number of bytes; 0 at the end of the file.
 * @throws the error of the operating system, as it is: see `fileError`.
 */
export async function readHandle(handle: FileHandle, into: Uint8Array, position: number | null): Promise<number> {
  const buffer = Buffer.from(into.buffer, into.byteOffset, into.byteLength);
  return (await handle.read(buffer, 0, buffer.byteLength, position)).bytesRead;
}

/** What file systems without permissions of this kind answer (FAT, some network mounts). */
const NO_MODES: readonly (string | undefined)[] = ["EPERM", "EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"];

/** Give permissions to what is ours, where there are any: `change` is a `chmod`. */
export async function whereModesAre(change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!NO_MODES.includes((error as NodeJS.ErrnoException).code)) throw error;
  }
}

const CANNOT: readonly (string | undefined)[] = [
  "EINVAL",
  "EISDIR",
  "EPERM",
  "EACCES",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
];

/** Make the names in a folder durable. Windows and some network file systems cannot; the files themselves are safe by then. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    try {
      await syncHandle(folder);
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!CANNOT.includes((error as NodeJS.ErrnoException).code)) throw error;
  }
}
