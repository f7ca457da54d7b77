import { Checksum, createSha256, hashInSlices } from "@seamless/checksum";
import { mapParallel } from "@seamless/internal/parallel";
import { oneLine, showPath } from "@seamless/internal/text";
import type { FolderFile } from "./folder.ts";

/** How far the hashing of a folder is. */
export interface FolderProgress {
  readonly files: number;
  readonly totalFiles: number;
  /** In bytes. */
  readonly bytes: number;
  readonly totalBytes: number;
}

/** In bytes: longer files are read slice by slice. */
const SLICE = 2 ** 22;
/** Files that are read at the same time: the disk has something to do while another one is hashed. */
const AT_A_TIME = 4;
/** Messages on single files, at most. */
const MAX_FAILURES = 5;

/**
 * The checksums of the files of a folder.
 *
 * @param onProgress - Called after every slice.
 * @returns pairs of a path and a checksum, in the order of the files.
 * @throws {Error} for files that cannot be read, with all that is wrong.
 */
export async function hashFolder(
  files: readonly FolderFile[],
  onProgress: (progress: FolderProgress) => void,
): Promise<readonly (readonly [path: string, checksum: Checksum])[]> {
  const totalBytes = files.reduce((total, { file }) => total + file.size, 0);
  const failures: string[] = [];
  let bytes = 0;
  let done = 0;
  const tell = (more: number) => {
    bytes += more;
    onProgress({ files: done, totalFiles: files.length, bytes, totalBytes });
  };
  const hashed = await mapParallel(files, { limit: AT_A_TIME }, async ({ path, file }) => {
    try {
      const checksum = await hashFile(file, tell);
      done++;
      tell(0);
      return [path, checksum] as const;
    } catch (error) {
      failures.push(`${showPath(path)}: ${oneLine(error)}`);
      return undefined;
    }
  });
  if (failures.length > 0) throw unreadableError(failures);
  return hashed.filter((entry) => entry !== undefined);
}

async function hashFile(file: Blob, onBytes: (bytes: number) => void): Promise<Checksum> {
  if (file.size <= SLICE) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const checksum = await hashInSlices(bytes);
    onBytes(bytes.byteLength);
    return checksum;
  }
  const hash = createSha256();
  for (let at = 0; at < file.size; at += SLICE) {
    const bytes = new Uint8Array(await file.slice(at, at + SLICE).arrayBuffer());
    hash.update(bytes);
    onBytes(bytes.byteLength);
  }
  return new Checksum(hash.digest());
}

function unreadableError(failures: readonly string[]): Error {
  const others = failures.length - MAX_FAILURES;
  const named = failures.slice(0, MAX_FAILURES).join("; ");
  const count = failures.length === 1 ? "a file" : `${failures.length} files`;
  return new Error(`${count} cannot be read: ${named}${others > 0 ? `; and ${others} more` : ""}`);
}
