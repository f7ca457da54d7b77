import { lstat } from "node:fs/promises";
import { basename } from "node:path";
import { showPath } from "@seamless/internal/text";
import { Checksum } from "../checksum.ts";
import { isSeamlessError, SeamlessError } from "../errors.ts";
import { type IndexDirectoryOptions, indexDirectory, refuseNonDirectory } from "./index-directory.ts";
import { type IndexFile, type IndexPaths, indexPaths, readIndex } from "./index-file.ts";
import { findLeftovers } from "./leftovers.ts";
import type { SkippedFile } from "./walk.ts";

/** How a directory differs from its index, and the index from its checksum. Paths are sorted by code point. */
export interface DirectoryVerdict {
  /** Nothing differs. */
  readonly ok: boolean;
  /** The checksum of the directory as it is. */
  readonly checksum: Checksum;
  /** The checksum of the `.INDEX` file as it is. */
  readonly indexed: Checksum;
  /** Whether that is written as an index is: no comments, no other white space, paths by code point. */
  readonly canonical: boolean;
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
 * @throws {SeamlessError} `NOT_FOUND` if there is no index, with what an interrupted run has left in the message;
 * `INVALID_INDEX`, and what `indexDirectory` throws.
 */
export async function verifyDirectory(
  path: string | URL,
  options: IndexDirectoryOptions = {},
): Promise<DirectoryVerdict> {
  const paths = indexPaths(path);
  const index = await readIndex(paths.index).catch((error) => refuseUnindexed(paths, error));
  const recorded = await loadIfThere(paths.checksum);
  const found = await indexDirectory(paths.directory, options);
  const interrupted = await interruptions(paths, index, recorded);
  const added = [...found.entries.keys()].filter((file) => !index.entries.has(file));
  const removed = [...index.entries.keys()].filter((file) => !found.entries.has(file));
  const changed = [...found.entries].flatMap(([file, checksum]) => {
    const before = index.entries.get(file);
    return before === undefined || before.equals(checksum) ? [] : [file];
  });
  const canonical = index.fileChecksum.equals(index.checksum);
  const same = index.checksum.equals(found.checksum) && index.checksum.equals(recorded);
  const ok = same && canonical && interrupted.length === 0;
  return {
    ok,
    checksum: found.checksum,
    indexed: index.fileChecksum,
    canonical,
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

/** Why there is no index to read: no directory either, never indexed, or a first run that was interrupted. */
async function refuseUnindexed({ directory, index, checksum }: IndexPaths, cause: unknown): Promise<never> {
  if (!isSeamlessError(cause, "NOT_FOUND")) throw cause;
  await refuseNonDirectory(directory);
  // Only to say more: a folder that cannot be listed is no reason to say less.
  const left = [...(await findLeftovers([index, checksum]).catch(() => []))];
  if (await lstat(checksum).catch(() => undefined)) left.push(checksum);
  const names = left.map((file) => showPath(basename(file))).join(", ");
  const why = names === "" ? "" : ` (a run was interrupted: it has left ${names})`;
  const shown = showPath(directory);
  const message = `${shown} is not indexed yet${why}: run seamless-checksum-index ${shown}`;
  throw new SeamlessError("NOT_FOUND", message, { cause, file: index });
}

async function interruptions(
  { directory, index, checksum }: IndexPaths,
  indexed: IndexFile,
  recorded: Checksum | undefined,
): Promise<readonly string[]> {
  const name = basename(directory);
  const signs: string[] = [];
  if (recorded === undefined) {
    signs.push(`${name}.CHECKSUM is missing: a run was interrupted between ${name}.INDEX and ${name}.CHECKSUM`);
  } else if (!recorded.equals(indexed.checksum) && !recorded.equals(indexed.fileChecksum)) {
    signs.push(
      `${name}.CHECKSUM is not the checksum of ${name}.INDEX: a run was interrupted between the two, or one was changed`,
    );
  }
  for (const file of await findLeftovers([index, checksum])) {
    signs.push(`${basename(file)} was left behind by a run that was killed: it can be deleted`);
  }
  return signs;
}
