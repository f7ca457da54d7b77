import type { Stats } from "node:fs";
import { lstat, mkdir } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { CacheMissError, type Checksum, type DirectoryIndex, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { absolutePath, checksumFile, fileError, makeFolder, writeAtomic } from "@seamless/checksum/node";
import { isOneFile, isTemporaryName } from "@seamless/internal/files";
import { foldPath } from "@seamless/internal/platform";
import { showPath } from "@seamless/internal/text";
import type { Store } from "@seamless/store";
import type { Compression } from "../files/compressed.ts";
import { type Leftover, leftoversOf, mayBeInUse } from "../files/output-files.ts";
import { countBytes, withStream } from "../files/streams.ts";
import { type Linking, leadsToBuffer } from "./links.ts";
import { isResumable, writeResumed } from "./resume.ts";
import { cacheMissError } from "./store.ts";
import type { createRetry } from "./transfers.ts";

/** A file to restore in the target directory. */
interface RequestedFile {
  /** Relative, as in the index. */
  readonly path: string;
  readonly checksum: Checksum;
  /** Length in bytes; `undefined` if the store does not have it. */
  readonly length: number | undefined;
}

interface RestoreOptions {
  readonly store: Store;
  readonly target: string;
  /** Replace a file that differs, and a link in its place. */
  readonly force: boolean;
  /** How files are compressed; their names end with its suffix. @default they are not */
  readonly compression?: Compression | undefined;
  /** How files are linked in place of being copied. @default they are not */
  readonly linking?: Linking | undefined;
  /** Only check whether it would be written. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly retry: ReturnType<typeof createRetry>;
  /** See `spellingsOf`. */
  readonly spellings: ReturnType<typeof spellingsOf>;
}

/**
 * Restores a file, unless it already exists with the right bytes.
 *
 * @returns whether it was written, or would have been.
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` for an existing file that differs, `NOT_A_FILE` and `NOT_A_DIRECTORY` for
 * anything else in its place, `INVALID_INDEX` if it is another file of the index, `CACHE_MISS`; file codes, and what the store
 * throws, with the name of the file.
 */
export async function restore(
  wanted: RequestedFile,
  options: RestoreOptions,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  const { target, retry, force } = options;
  const file = pathIn(target, wanted.path);
  const folders = await checkFolders(target, wanted.path, false);
  const { present, size } = folders ? await inspect(file) : NOTHING;
  if (present === "file" && (await isRight(file, size, wanted, options, onBytes))) return false;
  const { store, compression } = options;
  if (present === "link" && compression === undefined && (await leadsToBuffer(store, wanted.checksum, file))) {
    if (await isRight(file, wanted.length ?? 0, wanted, options, onBytes)) return false;
  }
  if (present !== "nothing" && !force) throw existsError(file, present, wanted.checksum);
  if (present === "file") await failIfListedToo(file, wanted.path, options);
  if (options.dryRun) {
    if (wanted.length === undefined) throw withFileName(file, cacheMissError(options.store, wanted.checksum));
    onBytes(wanted.length);
    return true;
  }
  await retry(() => write(file, present, wanted, options, onBytes));
  return true;
}

/**
 * Makes a function that finds other paths of an index which differ only in case or in the composition of accents. The index is
 * folded when it is first called, which only replacing a file needs.
 */
export function spellingsOf(entries: DirectoryIndex): (path: string) => readonly string[] {
  let spellings: ReturnType<typeof groupPaths> | undefined;
  return (path) => {
    spellings ??= groupPaths(entries.keys(), foldPath);
    return (spellings.get(foldPath(path)) ?? []).filter((other) => other !== path);
  };
}

/** Where case does not count, replacing one file of an index by another would lose it. */
async function failIfListedToo(file: string, path: string, { target, spellings }: RestoreOptions): Promise<void> {
  for (const other of spellings(path)) {
    const otherFile = pathIn(target, other);
    const same = await isOneFile(file, otherFile).catch((error) => {
      throw fileError(error, otherFile, "access");
    });
    if (!same) continue;
    const message = `cannot write ${showPath(file)}: ${showPath(otherFile)}, which the index lists too, is the same file here`;
    throw new SeamlessError("INVALID_INDEX", message, { file });
  }
}

const NOTHING = { present: "nothing", size: 0 } as const;

async function isRight(
  file: string,
  size: number,
  { checksum, length }: RequestedFile,
  { signal, compression }: RestoreOptions,
  onBytes: (bytes: number) => void,
): Promise<boolean> {
  if (compression === undefined && length !== undefined && length !== size) return false;
  const onProgress = ({ bytes }: { readonly bytes: number }) => onBytes(bytes);
  try {
    return (await checksumFile(file, { signal, decode: compression?.decode, onProgress })).equals(checksum);
  } catch (error) {
    // It is something else by that name.
    if (isSeamlessError(error, "INVALID_BUFFER")) return false;
    throw error;
  }
}

async function write(
  file: string,
  present: Existing,
  { path, checksum, length }: RequestedFile,
  { store, target, signal, compression, linking }: RestoreOptions,
  onBytes: (bytes: number) => void,
): Promise<void> {
  if (linking !== undefined) {
    await checkFolders(target, path, true);
    const outcome = await linking.get(checksum, file, present !== "nothing");
    if (outcome === "exists") throw existsError(file, "file", checksum);
    if (outcome === "linked") return onBytes(length ?? 0);
  }
  if (compression === undefined && length !== undefined && isResumable(store, length)) {
    await checkFolders(target, path, true);
    const wanted = { store, checksum, length, replace: present !== "nothing", keepMode: present === "file", signal };
    const made = await writeResumed(file, wanted, onBytes).catch((error) => {
      throw withFileName(file, error);
    });
    if (!made) throw existsError(file, "file", checksum);
    return;
  }
  const { stream, chunks } = await request(store, checksum, length, compression, signal).catch((error) => {
    throw withFileName(file, error);
  });
  const made = await withStream(stream, async () => {
    await checkFolders(target, path, true);
    return writeAtomic(file, countBytes(withFileNames(file, chunks), onBytes), {
      signal,
      // A file that was made meanwhile is not replaced: it has not been checked.
      overwrite: present !== "nothing",
      // Not the permissions of the file that a link leads to.
      mode: present === "link" ? 0o666 : undefined,
    });
  });
  if (!made) throw existsError(file, "file", checksum);
}

/** The bytes of a file: as they lie in the store, if they are compressed there as they are wanted. */
async function request(
  store: Store,
  checksum: Checksum,
  length: number | undefined,
  compression: Compression | undefined,
  signal: AbortSignal,
): Promise<{ readonly stream: ReadableStream<Uint8Array>; readonly chunks: AsyncIterable<Uint8Array> }> {
  const encoded = compression && (await store.getEncoded?.(checksum, [compression.coding], { signal }));
  if (encoded !== undefined) return { stream: encoded.stream, chunks: encoded.stream };
  const stream = await store.getStream(checksum, { signal });
  // It has been removed since its length was requested.
  if (stream === undefined) throw cacheMissError(store, checksum);
  return { stream, chunks: compression?.encode(stream, length) ?? stream };
}

function existsError(file: string, present: Exclude<Existing, "nothing">, checksum: Checksum): SeamlessError {
  const shown = showPath(file);
  if (present === "link") {
    const message = `cannot write ${shown}: it is a link, which is not followed; --force replaces it`;
    return new SeamlessError("NOT_A_FILE", message, { file });
  }
  const message = `${shown} exists and differs: --force replaces it`;
  return new SeamlessError("CHECKSUM_MISMATCH", message, { file, checksum });
}

async function* withFileNames(file: string, chunks: AsyncIterable<Uint8Array>) {
  try {
    yield* chunks;
  } catch (error) {
    throw withFileName(file, error);
  }
}

/** Adds the file to an error of the store, unless the error names it already. */
function withFileName(file: string, error: unknown): unknown {
  if (!isSeamlessError(error)) return error;
  const message = messageWithAction(error, "write", file);
  const { code, checksum, store } = error;
  const details = { cause: error, file, checksum, store };
  return code === "CACHE_MISS"
    ? new CacheMissError(checksum!, message, details)
    : new SeamlessError(code, message, details);
}

/**
 * The message of an error, prefixed with the action that failed ("cannot write FILE: …"), unless it starts like that
 * already: with the same file, however its path is written.
 *
 * @param verb - The action: `write`.
 */
export function messageWithAction({ message, file: named }: SeamlessError, verb: string, file: string): string {
  const hasPrefix = named !== undefined && resolve(named) === resolve(file) && message.startsWith(`cannot ${verb} `);
  const prefix = `cannot ${verb} ${showPath(file)}: `;
  return hasPrefix || message.startsWith(prefix) ? message : prefix + message;
}

/** What exists at the path of a file. */
type Existing = "nothing" | "file" | "link";

/** The path of a file of the index in the target directory. */
export function pathIn(target: string, path: string): string {
  return join(target, ...path.split("/"));
}

/**
 * Checks that every folder between the target and a file is a directory and not a link, which would lead out of the
 * target. Call it right before a file is read or written there, since other processes may change the folders.
 *
 * @param path - Path of the file, relative, as in an index.
 * @param make - Make folders that are missing.
 * @returns whether they all exist.
 * @throws {SeamlessError} `NOT_A_DIRECTORY`; file codes.
 */
async function checkFolders(target: string, path: string, make: boolean): Promise<boolean> {
  const parts = path.split("/").slice(0, -1);
  let folder = target;
  for (const part of parts) {
    folder = join(folder, part);
    const stats = (await look(folder)) ?? (make ? await createFolder(folder) : undefined);
    if (stats === undefined) return false;
    if (stats.isDirectory()) continue;
    const what = stats.isSymbolicLink() ? "a link, which is not followed" : "not a directory";
    const message = `cannot write ${showPath(pathIn(target, path))}: ${showPath(folder)} is ${what}`;
    throw new SeamlessError("NOT_A_DIRECTORY", message, { file: folder });
  }
  return true;
}

/**
 * Finds out what exists at the path of a file.
 *
 * @throws {SeamlessError} `NOT_A_FILE` for what cannot be replaced: a directory, a device; file codes.
 */
async function inspect(file: string): Promise<{ present: Existing; size: number }> {
  const stats = await look(file);
  if (stats === undefined) return { present: "nothing", size: 0 };
  if (stats.isFile()) return { present: "file", size: stats.size };
  if (stats.isSymbolicLink()) return { present: "link", size: 0 };
  const what = stats.isDirectory() ? "a directory" : "not a regular file";
  throw new SeamlessError("NOT_A_FILE", `cannot write ${showPath(file)}: it is ${what}`, { file });
}

/** Makes the target directory. It may be a link itself: the user has named it. */
export async function makeTarget(target: string): Promise<void> {
  try {
    await makeFolder(target);
  } catch (error) {
    // The error of a folder above it is clear already.
    const taken = isSeamlessError(error, "NOT_A_DIRECTORY") && error.file === absolutePath(target);
    if (!taken || (error.cause as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const message = `cannot make ${showPath(target)}: it exists, and is not a directory`;
    throw new SeamlessError("NOT_A_DIRECTORY", message, { cause: error, file: target });
  }
}

async function createFolder(folder: string): Promise<Stats | undefined> {
  try {
    await mkdir(folder);
  } catch (error) {
    // It may have been made for another file at the same time.
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
    throw fileError(error, path, "access");
  }
}

/** Groups paths by what they have in common. */
function groupPaths(paths: Iterable<string>, keyOf: (path: string) => string): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const key = keyOf(path);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [path]);
    else group.push(path);
  }
  return groups;
}

/**
 * Finds temporary files that killed downloads have left in a directory, of files that the index lists: those that nobody can be
 * writing. Does not follow links, and leaves out files that the index itself lists under such a name.
 */
export async function leftoversWithin(target: string, entries: DirectoryIndex): Promise<readonly Leftover[]> {
  const left: Leftover[] = [];
  const listed = temporaryNames(entries);
  for (const paths of groupPaths(entries.keys(), dirname).values()) {
    // Errors of a folder are reported when a file is written there.
    const safe = await checkFolders(target, paths[0]!, false).catch(() => false);
    if (!safe) continue;
    for (const leftover of await leftoversOf(paths.map((path) => pathIn(target, path)))) {
      const path = relative(target, leftover.file).replaceAll(sep, "/");
      if (!mayBeInUse(leftover.file, leftover.found) && !listed.has(foldPath(path))) left.push(leftover);
    }
  }
  return left;
}

/**
 * The paths of an index that look like temporary files, folded, since some file systems ignore case or the composition
 * of accents. Only few of a million paths are folded.
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
