import { resolve } from "node:path";
import { Checksum, type ChecksumLike } from "../checksum.ts";
import { type DirectoryIndex, parseIndex, serializeIndex } from "../directory-index.ts";
import { SeamlessError } from "../errors.ts";
import { fileError } from "./file-error.ts";
import { openRegular } from "./regular-file.ts";
import { writeAtomic } from "./write-atomic.ts";

const INDEX = ".INDEX";

/** Where the index of a directory lies, and the checksum of that: both beside the directory. */
export interface IndexPaths {
  /** Absolute path of the directory. */
  readonly directory: string;
  readonly index: string;
  readonly checksum: string;
}

/**
 * The files that go with a directory: `DIR.INDEX` and `DIR.CHECKSUM`, DIR being made absolute first.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` for `/`, which has nothing beside it.
 */
export function indexPaths(directory: string): IndexPaths {
  const path = resolve(directory);
  if (resolve(path, "..") === path) {
    throw new SeamlessError(
      "INVALID_ARGUMENT",
      `the index of ${path} would lie beside it, and nothing lies beside a root`,
    );
  }
  return { directory: path, index: `${path}${INDEX}`, checksum: `${path}.CHECKSUM` };
}

/** A directory index as it was read. */
export interface IndexFile {
  readonly entries: DirectoryIndex;
  readonly buffer: Uint8Array<ArrayBuffer>;
  readonly checksum: Checksum;
}

/**
 * Read an `.INDEX` file. Strict: see `parseIndex`.
 *
 * @param path - `.INDEX` is appended when missing.
 * @throws {SeamlessError} `INVALID_INDEX` with the offset of what is wrong, `NOT_FOUND` and other file codes.
 */
export async function readIndex(path: string): Promise<IndexFile> {
  const file = indexPath(path);
  const { handle, stats } = await openRegular(file);
  try {
    const buffer = new Uint8Array(stats.size);
    for (let filled = 0; filled < buffer.byteLength; ) {
      const { bytesRead } = await handle.read(buffer, filled, Math.min(2 ** 30, buffer.byteLength - filled), null);
      if (bytesRead === 0) throw new SeamlessError("FILE_CHANGED", `${file} changed while it was read`, { file });
      filled += bytesRead;
    }
    return { entries: parseIndex(buffer, file), buffer, checksum: Checksum.of(buffer) };
  } catch (error) {
    throw fileError(error, file, "read");
  } finally {
    await handle.close();
  }
}

/**
 * Write an `.INDEX` file and the `.CHECKSUM` beside it, each whole or not at all, the index first.
 *
 * @param path - `.INDEX` is appended when missing; `X.INDEX` goes with `X.CHECKSUM`.
 * @param entries - Relative paths and checksums, in any order.
 * @returns the checksum of the index.
 * @throws {SeamlessError} `INVALID_NAME` for a path that an index cannot hold; `DISK_FULL` and other file codes.
 *
 * @example
 * import { Checksum } from "@seamless/checksum";
 * import { readIndex, writeIndex } from "@seamless/checksum/node";
 * await writeIndex("data.INDEX", [["a.txt", Checksum.of(new Uint8Array())]]);
 * console.log((await readIndex("data.INDEX")).entries.size); // → 1
 */
export async function writeIndex(
  path: string,
  entries: Iterable<readonly [string, ChecksumLike]> | Readonly<Record<string, ChecksumLike>>,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Checksum> {
  const file = indexPath(path);
  const pairs = Symbol.iterator in entries ? entries : Object.entries(entries);
  const buffer = serializeIndex(pairs as Iterable<readonly [string, ChecksumLike]>);
  const checksum = Checksum.of(buffer);
  await writeAtomic(file, buffer, options);
  await writeAtomic(`${file.slice(0, -INDEX.length)}.CHECKSUM`, `${checksum.hex()}\n`);
  return checksum;
}

function indexPath(path: string): string {
  return path.endsWith(INDEX) ? path : path + INDEX;
}
