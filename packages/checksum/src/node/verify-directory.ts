import { readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { Checksum } from "../checksum.ts";
import { isSeamlessError } from "../errors.ts";
import { fileError } from "./file-error.ts";
import { type IndexDirectoryOptions, indexDirectory } from "./index-directory.ts";
import { type IndexFile, indexPaths, readIndex } from "./index-file.ts";
import type { SkippedFile } from "./walk.ts";
import { isTemporaryFor } from "./write-atomic.ts";

/** How a directory differs from its index, and the index from its checksum. Paths are sorted by code point. */
export interface DirectoryVerdict {
  /** Nothing differs. */
  readonly ok: boolean;
  /** The checksum of the directory as it is. */
  readonly checksum: Checksum;
  /** The checksum of the `.INDEX` file. */
  readonly indexed: Checksum;
  /** What the `.CHECKSUM` file holds; `undefined` if there is none. */
  readonly recorded: Checksum | undefined;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** Signs of a run that was interrupted, as sentences. */
  readonly interrupted: readonly string[];
  /** Number of files in the directory, and their size in bytes. */
  readonly files: number;
  readonly bytes: number;
  readonly skipped: readonly SkippedFile[];
}

/**
 * Compare a directory with its `.INDEX`, and the `.INDEX` with its `.CHECKSUM`. Writes nothing.
 *
 * @throws {SeamlessError} `NOT_FOUND` if there is no index, `INVALID_INDEX`, and what `indexDirectory` throws.
 */
export async function verifyDirectory(path: string, options: IndexDirectoryOptions = {}): Promise<DirectoryVerdict> {
  const paths = indexPaths(path);
  const index = await readIndex(paths.index);
  const recorded = await loadIfThere(paths.checksum);
  const found = await indexDirectory(paths.directory, options);
  const interrupted = await interruptions(paths.directory, index, recorded);
  const added = [...found.entries.keys()].filter((file) => !index.entries.has(file));
  const removed = [...index.entries.keys()].filter((file) => !found.entries.has(file));
  const changed = [...found.entries].flatMap(([file, checksum]) => {
    const before = index.entries.get(file);
    return before === undefined || before.equals(checksum) ? [] : [file];
  });
  // An index with the same files may still be other bytes than ours, and so have another checksum.
  const ok = index.checksum.equals(found.checksum) && index.checksum.equals(recorded) && interrupted.length === 0;
  return {
    ok,
    checksum: found.checksum,
    indexed: index.checksum,
    recorded,
    added,
    removed,
    changed,
    interrupted,
    files: found.entries.size,
    bytes: found.bytes,
    skipped: found.skipped,
  };
}

async function loadIfThere(path: string): Promise<Checksum | undefined> {
  try {
    return await Checksum.load(path);
  } catch (error) {
    if (isSeamlessError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

async function interruptions(
  directory: string,
  index: IndexFile,
  recorded: Checksum | undefined,
): Promise<readonly string[]> {
  const name = basename(directory);
  const signs: string[] = [];
  if (recorded === undefined) {
    signs.push(`${name}.CHECKSUM is missing: a run was interrupted between ${name}.INDEX and ${name}.CHECKSUM`);
  } else if (!recorded.equals(index.checksum)) {
    signs.push(
      `${name}.CHECKSUM is not the checksum of ${name}.INDEX: a run was interrupted between the two, or one was changed`,
    );
  }
  for (const file of await namesIn(dirname(directory))) {
    if (isTemporaryFor(`${name}.INDEX`, file) || isTemporaryFor(`${name}.CHECKSUM`, file)) {
      signs.push(`${file} was left behind by a run that was killed: it can be deleted`);
    }
  }
  return signs;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw fileError(error, folder, "read");
  }
}
