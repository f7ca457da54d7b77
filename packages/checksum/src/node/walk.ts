import { type Dirent, readdirSync } from "node:fs";
import { readdir, readlink, stat } from "node:fs/promises";
import { showPath } from "@seamless/internal/text";
import { isSeamlessError, SeamlessError } from "../errors.ts";
import { nextTurn } from "../turns.ts";
import { fileError } from "./file-error.ts";
import { irregularKind } from "./regular-file.ts";

/** Something in a directory that is no regular file and has no place in an index. */
export interface SkippedFile {
  readonly path: string;
  readonly kind: string;
}

export interface Walk {
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
export async function walk(root: string, signal?: AbortSignal): Promise<Walk> {
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
    for (const name of invalid) found.errors.push(invalidName(`${root}/${folder}`, name));
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
function invalidName(folder: string, name: Buffer): SeamlessError {
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
