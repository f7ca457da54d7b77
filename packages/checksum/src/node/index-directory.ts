import { type Dirent, readdirSync } from "node:fs";
import { readdir, readlink, stat } from "node:fs/promises";
import type { AbortOptions } from "@seamless/internal/abort";
import { compareCodePoints, sortByCodePoint } from "@seamless/internal/code-points";
import { irregularKind } from "@seamless/internal/files";
import { showPath } from "@seamless/internal/text";
import { nextTurn } from "@seamless/internal/timers";
import { Checksum } from "../checksum.ts";
import { type DirectoryIndex, serializeIndex } from "../directory-index.ts";
import { isSeamlessError, SeamlessError } from "../errors.ts";
import { hashInSlices } from "../slices.ts";
import { hashFiles } from "./hash-files.ts";
import { absolutePath, fileError } from "./path.ts";

/** How far the work is. */
export interface IndexProgress {
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface IndexDirectoryOptions extends AbortOptions {
  /** Called about ten times a second. Costs a look at each file beforehand, for the total. */
  readonly onProgress?: ((progress: IndexProgress) => void) | undefined;
  /**
   * Threads that hash, at most; workers start only when there is enough to do.
   * @default the number of processors, at most 8
   */
  readonly threads?: number | undefined;
}

export interface IndexedDirectory {
  /** Relative path → checksum, by code point. */
  readonly entries: DirectoryIndex;
  /** What the `.INDEX` file holds. */
  readonly buffer: Uint8Array<ArrayBuffer>;
  /** The checksum of `buffer`: that of the directory. */
  readonly checksum: Checksum;
  /** Size of all files together, in bytes. */
  readonly bytes: number;
  /** FIFOs, sockets and devices, by code point: never opened, and not in the index. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * The checksums of all files of a directory, at any depth, hidden ones too, and of the directory as a whole. A link to
 * a file counts as that file; links to directories are not followed; empty directories leave no trace. Writes nothing.
 *
 * @param path - The directory.
 * @throws {SeamlessError} `NOT_FOUND`, `NOT_A_DIRECTORY`; for what is wrong with a file in it: `NOT_FOUND` (a dangling
 * link), `INVALID_NAME` (not UTF-8), `PERMISSION_DENIED`, `FILE_CHANGED` and other file codes, or `INDEX_FAILED` with
 * all of them in `errors` if there are several. What a look at the folders shows (links, names, folders that cannot be
 * listed) is thrown before any file is read, and then what is wrong with the files. What `onProgress` throws passes
 * unchanged.
 *
 * @example
 * import { mkdir, writeFile } from "node:fs/promises";
 * import { indexDirectory } from "@seamless/checksum/node";
 * await mkdir("data");
 * await writeFile("data/a.txt", "hello\n");
 * const { entries, checksum } = await indexDirectory("data");
 * console.log([...entries.keys()]); // → [ 'a.txt' ]
 * console.log(checksum.hex()); // → 40bb5584a5b0f69dea87c0aa97a948a5bb947e3371c583fb0e03173fc5a96c85
 */
export async function indexDirectory(
  path: string | URL,
  options: IndexDirectoryOptions = {},
): Promise<IndexedDirectory> {
  const { signal, onProgress, threads } = options;
  signal?.throwIfAborted();
  const root = absolutePath(path);
  await failIfNoDirectory(root);
  const { files, skipped, errors } = await walk(root, signal);
  // Hashing may take hours: what has to be repaired first is reported before.
  failForAll(root, errors);
  sortByCodePoint(files);
  skipped.sort((a, b) => compareCodePoints(a.path, b.path));
  const totalBytes = onProgress === undefined ? 0 : await totalSize(root, files, signal);
  const hashed = await hashFiles(root, files, {
    signal,
    threads,
    onProgress: onProgress && ((done) => onProgress({ ...done, totalFiles: files.length, totalBytes })),
  });
  failForAll(root, hashed.errors);
  const entries = new Map(files.map((file, i) => [file, new Checksum(hashed.hex[i]!)] as const));
  const buffer = serializeIndex(entries);
  return { entries, buffer, checksum: await hashInSlices(buffer, { signal }), bytes: hashed.bytes, skipped };
}

/** @throws {SeamlessError} `NOT_FOUND`, `NOT_A_DIRECTORY` and other file codes. */
export async function failIfNoDirectory(path: string): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) return;
  } catch (error) {
    throw fileError(error, path, "index");
  }
  throw new SeamlessError("NOT_A_DIRECTORY", `cannot index ${showPath(path)}: it is not a directory`, { file: path });
}

/** Files that cannot be looked at count nothing here; hashing them says what is wrong. */
async function totalSize(root: string, files: readonly string[], signal: AbortSignal | undefined): Promise<number> {
  let total = 0;
  for (let start = 0; start < files.length; start += 64) {
    signal?.throwIfAborted();
    const batch = files.slice(start, start + 64).map((file) => stat(`${root}/${file}`));
    for (const result of await Promise.allSettled(batch)) {
      if (result.status === "fulfilled") total += result.value.size;
    }
  }
  return total;
}

function failForAll(root: string, errors: readonly SeamlessError[]): void {
  if (errors.length === 0) return;
  if (errors.length === 1) throw errors[0];
  const sorted = [...errors].sort((a, b) => compareCodePoints(a.file ?? "", b.file ?? ""));
  const shown = sorted.slice(0, 5).map((error) => `\n  ${error.message}`);
  const more = sorted.length > shown.length ? `\n  and ${sorted.length - shown.length} more` : "";
  throw new SeamlessError(
    "INDEX_FAILED",
    `cannot index ${showPath(root)}: ${errors.length} files failed${shown.join("")}${more}`,
    { file: root, errors: sorted },
  );
}

/** An entry of a directory that is not a regular file, and so is not in the index. */
export interface SkippedFile {
  readonly path: string;
  readonly kind: string;
}

interface Walk {
  /** Paths of regular files, and links to such, relative to the root, with `/` between their parts; in no order. */
  readonly files: string[];
  readonly skipped: SkippedFile[];
  /** What could not be read or has no place in an index. */
  readonly errors: SeamlessError[];
}

/** The event loop gets a turn after this long, in ms. */
const TURN = 6;

/**
 * Find the files below a directory. Links to directories are not followed; nothing is opened but directories.
 *
 * @param root - Path of the directory.
 */
async function walk(root: string, signal?: AbortSignal): Promise<Walk> {
  const found: Walk = { files: [], skipped: [], errors: [] };
  const folders = [""];
  let turn = performance.now();
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal?.throwIfAborted();
    for (const below of await readFolder(root, folder, found)) folders.push(below);
    if (performance.now() - turn < TURN) continue;
    await nextTurn();
    turn = performance.now();
  }
  return found;
}

/** Add the files of one folder; returns the folders in it. `folder` is relative, empty or with a final `/`. */
async function readFolder(root: string, folder: string, found: Walk): Promise<string[]> {
  const folders: string[] = [];
  try {
    // Synchronous: a folder of a hundred files takes 60 µs, and three times that by way of the thread pool.
    const entries = readdirSync(`${root}/${folder}`, { withFileTypes: true });
    const invalid = await invalidNames(`${root}/${folder}`, entries);
    for (const name of invalid) found.errors.push(invalidNameError(`${root}/${folder}`, name));
    for (const entry of entries) {
      const path = folder + entry.name;
      if (invalid.length > 0 && entry.name.includes("\ufffd")) continue;
      if (entry.isFile()) found.files.push(path);
      else if (entry.isDirectory()) folders.push(`${path}/`);
      else if (entry.isSymbolicLink()) await readLink(root, path, found);
      else found.skipped.push({ path, kind: irregularKind(entry) ?? "file" });
    }
  } catch (error) {
    found.errors.push(expected(fileError(error, `${root}/${folder}`.replace(/\/+$/, "") || "/", "read")));
  }
  return folders;
}

async function readLink(root: string, path: string, found: Walk): Promise<void> {
  try {
    const stats = await stat(`${root}/${path}`);
    const kind = irregularKind(stats);
    if (kind === undefined) found.files.push(path);
    else if (kind !== "directory") found.skipped.push({ path, kind: `link to a ${kind}` });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ELOOP" && code !== "ENOTDIR") {
      found.errors.push(expected(fileError(error, `${root}/${path}`, "read")));
      return;
    }
    const target = await readlink(`${root}/${path}`).catch(() => "?");
    const fault = code === "ELOOP" ? "a link that leads back to itself" : "a dangling link";
    found.errors.push(
      new SeamlessError("NOT_FOUND", `${showPath(`${root}/${path}`)} is ${fault} (to ${showPath(target)})`, {
        cause: error,
        file: `${root}/${path}`,
      }),
    );
  }
}

/**
 * Names that are not UTF-8. Node decodes them with U+FFFD in place of what is wrong; only where one shows up is the
 * folder read again as bytes, since U+FFFD is also a character that a name may have.
 */
async function invalidNames(folder: string, entries: readonly Dirent[]): Promise<Buffer[]> {
  if (!entries.some((entry) => entry.name.includes("\ufffd"))) return [];
  const names = await readdir(folder, { encoding: "buffer" });
  return names.filter((name) => !Buffer.from(name.toString("utf8")).equals(name));
}

/** `folder` ends with a slash. */
function invalidNameError(folder: string, name: Buffer): SeamlessError {
  const escaped = Array.from(name, (byte) =>
    byte > 0x1f && byte < 0x7f && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, "0")}`,
  ).join("");
  return new SeamlessError(
    "INVALID_NAME",
    `the name "${escaped}" in ${showPath(folder.slice(0, -1))} is not UTF-8: an index cannot hold it; rename the file`,
    { file: `${folder}${escaped}` },
  );
}

/** Only faults of files are collected; a bug is thrown. */
function expected(error: unknown): SeamlessError {
  if (isSeamlessError(error)) return error;
  throw error;
}
