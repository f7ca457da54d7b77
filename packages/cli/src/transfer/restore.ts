import type { Stats } from "node:fs";
import { lstat, mkdir } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { CacheMissError, type Checksum, type DirectoryIndex, isSeamlessError, SeamlessError } from "@seamless/checksum";
import {
  absolutePath,
  checksumFile,
  fileError,
  isTemporaryName,
  makeFolder,
  showPath,
  writeAtomic,
} from "@seamless/checksum/node";
import { type Leftover, leftoversOf } from "../files/output-files.ts";
import { countBytes, withStream } from "../files/streams.ts";
import { foldPath } from "./download-plan.ts";
import { cacheMissError, type Store } from "./store.ts";
import type { createRetry } from "./transfers.ts";

/** A file that should be in the target. */
export interface RequestedFile {
  /** Relative, as the index has it. */
  readonly path: string;
  readonly checksum: Checksum;
  /** In bytes; `undefined` if the store does not have it. */
  readonly length: number | undefined;
}

export interface RestoreOptions {
  readonly store: Store;
  readonly target: string;
  /** Replace a file that differs, and a link in its place. */
  readonly force: boolean;
  /** Only find out whether it would be written. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly retry: ReturnType<typeof createRetry>;
}

/**
 * See that a file is there, whole and right.
 *
 * @returns whether it had to be written, or would have.
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` for a file that differs, `NOT_A_FILE` and `NOT_A_DIRECTORY` for what is
 * in its way, `CACHE_MISS`; file codes, and what the store throws, with the name of the file.
 */
export async function restore(
  wanted: RequestedFile,
  options: RestoreOptions,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  const { target, signal, retry, force } = options;
  const file = pathIn(target, wanted.path);
  const folders = await checkFolders(target, wanted.path, false);
  const { present, size } = folders ? await inspect(file) : NOTHING;
  if (present === "file" && (await isRight(file, size, wanted, signal, onBytes))) return false;
  if (present !== "nothing" && !force) throw existsError(file, present, wanted.checksum);
  if (options.dryRun) {
    if (wanted.length === undefined) throw named(file, cacheMissError(options.store, wanted.checksum));
    onBytes(wanted.length);
    return true;
  }
  await retry(() => write(file, present, wanted, options, onBytes));
  return true;
}

const NOTHING = { present: "nothing", size: 0 } as const;

async function isRight(
  file: string,
  size: number,
  { checksum, length }: RequestedFile,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  if (length !== undefined && length !== size) return false;
  return (await checksumFile(file, { signal, onProgress: onBytes })).equals(checksum);
}

async function write(
  file: string,
  present: Existing,
  { path, checksum }: RequestedFile,
  { store, target, signal }: RestoreOptions,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const stream = await store.getStream(checksum, { signal }).catch((error) => {
    throw named(file, error);
  });
  // It was there when it was asked for.
  if (stream === undefined) throw named(file, cacheMissError(store, checksum));
  const made = await withStream(stream, async () => {
    await checkFolders(target, path, true);
    return writeAtomic(file, countBytes(naming(file, stream), onBytes), {
      signal,
      // What has come meanwhile is not replaced: nobody has looked at it.
      overwrite: present !== "nothing",
      // Those of the file that a link leads to are not ours.
      mode: present === "link" ? 0o666 : undefined,
    });
  });
  if (!made) throw existsError(file, "file", checksum);
}

function existsError(file: string, present: Exclude<Existing, "nothing">, checksum: Checksum): SeamlessError {
  const shown = showPath(file);
  if (present === "link") {
    const message = `cannot write ${shown}: it is a link, which is not followed; --force replaces it`;
    return new SeamlessError("NOT_A_FILE", message, { file });
  }
  const message = `${shown} is there, and differs: --force replaces it`;
  return new SeamlessError("CHECKSUM_MISMATCH", message, { file, checksum });
}

async function* naming(file: string, chunks: AsyncIterable<Uint8Array>) {
  try {
    yield* chunks;
  } catch (error) {
    throw named(file, error);
  }
}

/** An error of the store, with the file that it is about. One that names a file already does so itself. */
function named(file: string, error: unknown): unknown {
  if (!isSeamlessError(error)) return error;
  const message = messageWithAction(error, "write", file);
  const { code, checksum, store } = error;
  const details = { cause: error, file, checksum, store };
  return code === "CACHE_MISS"
    ? new CacheMissError(checksum!, message, details)
    : new SeamlessError(code, message, details);
}

/**
 * The message of an error with what was being done to a file before it, unless it says so itself: of the same file, in
 * whatever way its path is written.
 *
 * @param verb - `write`, for "cannot write FILE: …".
 */
export function messageWithAction({ message, file: named }: SeamlessError, verb: string, file: string): string {
  const saysSo = named !== undefined && resolve(named) === resolve(file) && message.startsWith(`cannot ${verb} `);
  const doing = `cannot ${verb} ${showPath(file)}: `;
  return saysSo || message.startsWith(doing) ? message : doing + message;
}

/** What lies where a file should be. */
export type Existing = "nothing" | "file" | "link";

/** Where a path of an index lies in the directory that is made. */
export function pathIn(target: string, path: string): string {
  return join(target, ...path.split("/"));
}

/**
 * See that every directory between the target and a file is one, and no link: what lies behind a link is not the
 * target's. To be called right before something is done there, since others may change it.
 *
 * @param path - Of the file, relative, as an index has it.
 * @param make - Make those that are missing.
 * @returns whether they are all there.
 * @throws {SeamlessError} `NOT_A_DIRECTORY`; file codes.
 */
export async function checkFolders(target: string, path: string, make: boolean): Promise<boolean> {
  const parts = path.split("/").slice(0, -1);
  let folder = target;
  for (const part of parts) {
    folder = join(folder, part);
    const stats = (await look(folder)) ?? (make ? await createFolder(folder) : undefined);
    if (stats === undefined) return false;
    if (stats.isDirectory()) continue;
    const what = stats.isSymbolicLink() ? "a link, which is not followed" : "there, and not a directory";
    const message = `cannot write ${showPath(pathIn(target, path))}: ${showPath(folder)} is ${what}`;
    throw new SeamlessError("NOT_A_DIRECTORY", message, { file: folder });
  }
  return true;
}

/**
 * What lies where a file should be.
 *
 * @throws {SeamlessError} `NOT_A_FILE` for what cannot be replaced: a directory, a device; file codes.
 */
export async function inspect(file: string): Promise<{ present: Existing; size: number }> {
  const stats = await look(file);
  if (stats === undefined) return { present: "nothing", size: 0 };
  if (stats.isFile()) return { present: "file", size: stats.size };
  if (stats.isSymbolicLink()) return { present: "link", size: 0 };
  const what = stats.isDirectory() ? "a directory" : "there, and not a regular file";
  throw new SeamlessError("NOT_A_FILE", `cannot write ${showPath(file)}: it is ${what}`, { file });
}

/** The directory that is made. It may be a link itself: whoever names it knows where it leads. */
export async function createTarget(target: string): Promise<void> {
  try {
    await makeFolder(target);
  } catch (error) {
    // What is wrong with one that it lies in, the error says itself.
    const taken = isSeamlessError(error, "NOT_A_DIRECTORY") && error.file === absolutePath(target);
    if (!taken || (error.cause as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const message = `cannot make ${showPath(target)}: it is there, and not a directory`;
    throw new SeamlessError("NOT_A_DIRECTORY", message, { cause: error, file: target });
  }
}

async function createFolder(folder: string): Promise<Stats | undefined> {
  try {
    await mkdir(folder);
  } catch (error) {
    // For another file, at the same time.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw fileError(error, folder, "make");
  }
  return look(folder);
}

async function look(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw fileError(error, path, "look at");
  }
}

/** Paths by the directory they are in. */
export function byFolder(paths: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const folder = dirname(path);
    const siblings = folders.get(folder);
    if (siblings === undefined) folders.set(folder, [path]);
    else siblings.push(path);
  }
  return folders;
}

/** In ms: what is younger may belong to another download, which is going on. */
const AGE = 3_600_000;

/** May another download still be writing a temporary file? */
export function mayBeInUse({ mtimeMs }: Stats): boolean {
  return Date.now() - mtimeMs < AGE;
}

/**
 * What killed downloads have left in a directory an hour ago or more: temporary files of files that the index lists. Nothing
 * behind a link, and nothing that the index itself lists under such a name.
 */
export async function leftoversWithin(target: string, entries: DirectoryIndex): Promise<readonly Leftover[]> {
  const left: Leftover[] = [];
  const listed = temporaryNames(entries);
  for (const paths of byFolder(entries.keys()).values()) {
    // What is wrong with a folder is said when something is written there.
    const safe = await checkFolders(target, paths[0]!, false).catch(() => false);
    if (!safe) continue;
    for (const leftover of await leftoversOf(paths.map((path) => pathIn(target, path)))) {
      const path = relative(target, leftover.file).replaceAll(sep, "/");
      if (!mayBeInUse(leftover.found) && !listed.has(foldPath(path))) left.push(leftover);
    }
  }
  return left;
}

/**
 * The paths of an index that have the name of a temporary file, folded: of a million paths hardly any. They may stand for
 * a name that is the same only on some file systems, which fold the case, or put accents together in their own way.
 */
function temporaryNames(entries: DirectoryIndex): ReadonlySet<string> {
  const folded = new Set<string>();
  for (const path of entries.keys()) {
    if (!/\.tmp$/i.test(path)) continue;
    const candidate = foldPath(path);
    if (isTemporaryName(candidate.slice(candidate.lastIndexOf("/") + 1))) folded.add(candidate);
  }
  return folded;
}
