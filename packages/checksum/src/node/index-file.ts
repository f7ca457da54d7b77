import { lstat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { AbortOptions } from "@seamless/internal/abort";
import { describe, showPath } from "@seamless/internal/text";
import { Checksum, type ChecksumLike } from "../checksum.ts";
import {
  type DirectoryIndex,
  type IndexLimits,
  isCanonicalIndex,
  parseIndex,
  serializeIndex,
} from "../directory-index.ts";
import { isSeamlessError, SeamlessError } from "../errors.ts";
import { hashInSlices } from "../slices.ts";
import type { SkippedFile } from "./find-files.ts";
import {
  failIfNoDirectory,
  type IndexDirectoryOptions,
  type IndexedDirectory,
  indexDirectory,
} from "./index-directory.ts";
import { absolutePath, asPath } from "./path.ts";
import { readFile } from "./read-file.ts";
import { findLeftovers, writeAtomic } from "./write-atomic.ts";

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
 * @throws {SeamlessError} `INVALID_ARGUMENT` for `/`, which has nothing beside it, and for anything but a string or a file URL.
 */
export function indexPaths(directory: string | URL): IndexPaths {
  const path = absolutePath(directory);
  if (resolve(path, "..") === path) {
    throw new SeamlessError(
      "INVALID_ARGUMENT",
      `the index of ${showPath(path)} would lie beside it, and nothing lies beside a root`,
    );
  }
  return { directory: path, index: `${path}${INDEX}`, checksum: `${path}.CHECKSUM` };
}

/** A directory index as it was read. */
export interface IndexFile {
  readonly entries: DirectoryIndex;
  /** The index as it is written: what the file holds, unless that has comments, other white space or another order. */
  readonly buffer: Uint8Array<ArrayBuffer>;
  /** The checksum of `buffer`: that of the directory. */
  readonly checksum: Checksum;
  /** The checksum of what the file holds. Another one than `checksum` if the file is not canonical. */
  readonly fileChecksum: Checksum;
}

/**
 * Read an `.INDEX` file. Strict: see `parseIndex`.
 *
 * @param path - `.INDEX` is appended when missing.
 * @throws {SeamlessError} `INVALID_INDEX` with the offset of what is wrong, `TOO_LARGE` for what the platform cannot
 * hold (4 GiB in Node 20) and for more files than the limit, `NOT_FOUND` and other file codes.
 */
export async function readIndex(path: string | URL, limits: IndexLimits = {}): Promise<IndexFile> {
  const file = indexPath(path);
  const found = await readFile(file);
  const entries = parseIndex(found, file, limits);
  const fileChecksum = await hashInSlices(found);
  if (isCanonicalIndex(found, entries)) return { entries, buffer: found, checksum: fileChecksum, fileChecksum };
  const buffer = serializeIndex(entries);
  return { entries, buffer, checksum: await hashInSlices(buffer), fileChecksum };
}

/** Relative paths and checksums in any order, or an index as it was read or made, whose buffer is then written. */
export type IndexSource =
  | Iterable<readonly [string, ChecksumLike]>
  | Readonly<Record<string, ChecksumLike>>
  | Pick<IndexFile, "entries" | "buffer">;

/**
 * Write an `.INDEX` file and the `.CHECKSUM` beside it, each whole or not at all, the index first. One that holds just that
 * already is left as it is.
 *
 * @param path - `.INDEX` is appended when missing; `X.INDEX` goes with `X.CHECKSUM`.
 * @returns the checksum of the index.
 * @throws {SeamlessError} `INVALID_NAME` for a path that an index cannot hold, `INVALID_ARGUMENT` for a source that is
 * none of these; `DISK_FULL` and other file codes.
 *
 * @example
 * import { Checksum } from "@seamless/checksum";
 * import { readIndex, writeIndex } from "@seamless/checksum/node";
 * await writeIndex("data.INDEX", [["a.txt", Checksum.of(new Uint8Array())]]);
 * console.log((await readIndex("data.INDEX")).entries.size); // → 1
 */
export async function writeIndex(
  path: string | URL,
  source: IndexSource,
  options: AbortOptions = {},
): Promise<Checksum> {
  const file = indexPath(path);
  const buffer = indexBuffer(source);
  const checksum = await hashInSlices(buffer, { signal: options.signal });
  if (!(await holds(file, buffer))) await writeAtomic(file, buffer, options);
  const checksumFile = `${file.slice(0, -INDEX.length)}.CHECKSUM`;
  if (!(await holds(checksumFile, Buffer.from(`${checksum.hex()}\n`)))) await checksum.save(checksumFile);
  return checksum;
}

/** Is it a file with just these bytes, so that it need not be written? A link is not. */
async function holds(file: string, bytes: Uint8Array): Promise<boolean> {
  const stats = await lstat(file).catch(() => undefined);
  if (!stats?.isFile() || stats.size !== bytes.byteLength) return false;
  // What cannot be read is replaced.
  const found = await readFile(file).catch(() => undefined);
  return found !== undefined && Buffer.compare(found, bytes) === 0;
}

function indexBuffer(source: IndexSource): Uint8Array {
  if (typeof source !== "object" || source === null) {
    throw new SeamlessError("INVALID_ARGUMENT", `expected the entries of an index, got ${describe(source)}`);
  }
  if (Symbol.iterator in source) return serializeIndex(source as Iterable<readonly [string, ChecksumLike]>);
  // No checksum is a `Map`, and no dict has getters, so this cannot be one that happens to hold a file of this name.
  const entries = Object.getOwnPropertyDescriptor(source, "entries");
  if (entries?.get !== undefined || entries?.value instanceof Map) return (source as IndexFile).buffer;
  return serializeIndex(Object.entries(source as Readonly<Record<string, ChecksumLike>>));
}

function indexPath(given: string | URL): string {
  const path = asPath(given);
  return path.endsWith(INDEX) ? path : path + INDEX;
}

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
  readonly leftOut: IndexedDirectory["leftOut"];
  /** Those of the directory. */
  readonly paths: readonly string[];
  readonly memory?: IndexedDirectory["memory"];
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
  const index = await readIndex(paths.index).catch((error) => failUnindexed(paths, error));
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
    leftOut: found.leftOut,
    paths: found.paths,
    memory: found.memory,
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
async function failUnindexed({ directory, index, checksum }: IndexPaths, cause: unknown): Promise<never> {
  if (!isSeamlessError(cause, "NOT_FOUND")) throw cause;
  await failIfNoDirectory(directory);
  // Adds to the message; without it, if the folder cannot be listed.
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
