import { type Dirent, readdirSync } from "node:fs";
import { readdir, readlink, stat } from "node:fs/promises";
import type { AbortOptions } from "@seamless/internal/abort";
import { compareCodePoints, sortByCodePoint } from "@seamless/internal/code-points";
import { irregularKind } from "@seamless/internal/files";
import { showPath } from "@seamless/internal/text";
import { nextTurn } from "@seamless/internal/timers";
import { isSeamlessError, SeamlessError } from "../errors.ts";
import { fileError } from "./path.ts";

/** An entry of a directory that is not a regular file, and so is not in the index. */
export interface SkippedFile {
  readonly path: string;
  readonly kind: string;
}

export interface FindFilesOptions extends AbortOptions {
  /**
   * Says of a relative path whether it counts. That of a folder ends with a slash; what is in a folder that does not count
   * is not looked at.
   * @default all do
   */
  readonly select?: ((path: string) => boolean) | undefined;
}

export interface FoundFiles {
  /**
   * Paths of regular files, and links to such, relative to the root, with `/` between their parts; by code point.
   */
  readonly files: string[];
  /** By code point. */
  readonly skipped: SkippedFile[];
  /** What could not be read or has no place in an index. */
  readonly errors: SeamlessError[];
  /** How many entries `select` has left out. */
  readonly leftOut: { files: number; folders: number };
}

/** The event loop gets a turn after this long, in ms. */
const TURN = 6;

/**
 * Find the files below a directory. Links to directories are not followed; nothing is opened but directories.
 *
 * @param root - Path of the directory.
 */
export async function findFiles(root: string, { signal, select }: FindFilesOptions = {}): Promise<FoundFiles> {
  const found: FoundFiles = { files: [], skipped: [], errors: [], leftOut: { files: 0, folders: 0 } };
  const folders = [""];
  let turn = performance.now();
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal?.throwIfAborted();
    for (const below of await readFolder(root, folder, found, select)) folders.push(below);
    if (performance.now() - turn < TURN) continue;
    await nextTurn();
    turn = performance.now();
  }
  sortByCodePoint(found.files);
  found.skipped.sort((a, b) => compareCodePoints(a.path, b.path));
  return found;
}

/** Add the files of one folder; returns the folders in it. `folder` is relative, empty or with a final `/`. */
async function readFolder(
  root: string,
  folder: string,
  found: FoundFiles,
  select: FindFilesOptions["select"],
): Promise<string[]> {
  const folders: string[] = [];
  try {
    // Synchronous: a folder of a hundred files takes 60 µs, and three times that by way of the thread pool.
    const entries = readdirSync(`${root}/${folder}`, { withFileTypes: true });
    const invalid = await invalidNames(`${root}/${folder}`, entries);
    for (const name of invalid) {
      if (isSelected(folder + name.toString("utf8"), found, select)) {
        found.errors.push(invalidNameError(`${root}/${folder}`, name));
      }
    }
    for (const entry of entries) {
      const path = folder + entry.name;
      if (invalid.length > 0 && entry.name.includes("\ufffd")) continue;
      if (select !== undefined && !isSelected(entry.isDirectory() ? `${path}/` : path, found, select)) continue;
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

/** Does the path count? Counts it among those that do not. */
function isSelected(path: string, { leftOut }: FoundFiles, select: FindFilesOptions["select"]): boolean {
  if (select === undefined || select(path)) return true;
  if (path.endsWith("/")) leftOut.folders++;
  else leftOut.files++;
  return false;
}

async function readLink(root: string, path: string, found: FoundFiles): Promise<void> {
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
