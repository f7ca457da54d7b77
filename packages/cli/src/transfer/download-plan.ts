import { stat } from "node:fs/promises";
import { Checksum, type DirectoryIndex, isSeamlessError, parseIndex, SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { filePlatform } from "@seamless/internal/platform";
import { showPath } from "@seamless/internal/text";
import type { Store } from "@seamless/store";
import { readOperandIndex } from "../files/index-operands.ts";
import { CHECKSUM, GET_INSTEAD, INDEX, type Operand } from "../files/operands.ts";
import { withStream } from "../files/streams.ts";
import { UsageError } from "../program/arguments.ts";
import { printable } from "../program/format.ts";
import { cacheMissError } from "./store.ts";

/** Size limit of an index in bytes: an untrusted one must not use up the memory. It grows with `--max-entries`. */
const MAX_INDEX = 2 ** 28;
const BYTES_PER_ENTRY = 256;

/** Default limit for the number of files in an index. */
export const MAX_ENTRIES = 1_000_000;

/** What an operand requests. */
type Requested =
  | { readonly kind: "directory"; readonly checksum: Checksum; readonly entries: DirectoryIndex }
  | { readonly kind: "file"; readonly checksum: Checksum };

interface RequestOptions {
  readonly maxEntries: number;
  readonly signal: AbortSignal;
  /**
   * May it be the checksum of anything?
   * @default of a `.CHECKSUM` file: a bare checksum requests a directory
   */
  readonly mayBeFile?: boolean | undefined;
}

/**
 * The path that an operand is downloaded to: `data` for `data.INDEX` and `data.CHECKSUM`.
 *
 * @throws {UsageError} if the operand does not name one.
 */
export function targetOf(operand: Operand): string {
  const path = operand.kind === "hex" ? "" : operand.file;
  const target = path.slice(0, -(operand.kind === "index" ? INDEX : CHECKSUM).length);
  if (target === "" || /[\\/]$/.test(target)) {
    throw new UsageError(`--output DIR is required: '${printable(operand.given)}' does not name a directory`);
  }
  return target;
}

/**
 * Finds out what an operand requests: a directory, whose index is in a file or in the store; or a file, if a
 * `.CHECKSUM` file holds the checksum of anything but an index.
 *
 * @throws {SeamlessError} `INVALID_INDEX`, `TOO_LARGE`; `CACHE_MISS` and what the store throws; file codes.
 */
export async function readRequested(
  store: Store,
  operand: Operand,
  { maxEntries, signal, mayBeFile = operand.kind === "checksum" }: RequestOptions,
): Promise<Requested> {
  const limit = Math.max(MAX_INDEX, maxEntries * BYTES_PER_ENTRY);
  if (operand.kind === "index") {
    const { size } = await stat(operand.file).catch((error) => {
      throw fileError(error, operand.file, "read");
    });
    if (size > limit) throw tooLargeError(operand.file, limit);
    const { entries, checksum } = await readOperandIndex(operand.file, { maxEntries });
    return { kind: "directory", entries, checksum };
  }
  const checksum = operand.kind === "hex" ? operand.checksum : await Checksum.load(operand.file);
  const name = `the index ${checksum.hex()}`;
  const stream = await store.getStream(checksum, { signal });
  if (stream === undefined) throw cacheMissError(store, checksum);
  return withStream(stream, async () => {
    const buffer = await readBuffer(stream, mayBeFile, () => tooLargeError(name, limit), limit);
    if (buffer === undefined) return { kind: "file", checksum };
    try {
      return { kind: "directory", entries: parseIndex(buffer, name, { maxEntries }), checksum };
    } catch (error) {
      if (!isSeamlessError(error, "INVALID_INDEX")) throw error;
      if (mayBeFile) return { kind: "file", checksum };
      throw notAnIndexError(checksum, error, name);
    }
  });
}

/** Bytes after which an index can be told from other content: its first path is at most this long. */
const HEAD = 2 ** 16;
const FIRST_ENTRY = /^\{\s*(?:\}|"(?:[^"\\]|\\.)+"\s*:\s*"[0-9a-f]{64}"\s*[,}])/;

/** The error for a checksum that is not one of an index, but most likely of a file. */
function notAnIndexError(checksum: Checksum, cause: SeamlessError, name: string): SeamlessError {
  const fault = cause.message.slice(name.length).replace(/^[,:] /, "");
  const message = `${checksum.hex()} is not the checksum of an index (${fault}): ${GET_INSTEAD}`;
  return new SeamlessError("INVALID_INDEX", message, { checksum, offset: cause.offset, cause });
}

/** The start of anything but an index, which begins with white space, a comment or a brace. */
const NO_INDEX = /^[^\s#{]/;

/**
 * Reads an index. Stops as soon as the start shows that it is not an index: returns `undefined` if it may be a file,
 * else the bytes so far, which are enough for the error.
 */
async function readBuffer(
  chunks: AsyncIterable<Uint8Array>,
  mayBeFile: boolean,
  tooLong: () => SeamlessError,
  limit: number,
): Promise<Uint8Array | undefined> {
  const all: Uint8Array[] = [];
  let size = 0;
  let isIndex = false;
  const head = () => Buffer.concat(all).toString("latin1", 0, HEAD);
  const isFile = () => (mayBeFile ? !FIRST_ENTRY.test(head()) : NO_INDEX.test(head()));
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    all.push(chunk);
    if (!isIndex && size >= HEAD) {
      if (isFile()) return mayBeFile ? undefined : Buffer.concat(all);
      isIndex = true;
    }
    if (size > limit) throw tooLong();
  }
  return mayBeFile && !isIndex && isFile() ? undefined : Buffer.concat(all);
}

function tooLargeError(name: string, limit: number): SeamlessError {
  return new SeamlessError("TOO_LARGE", `${showPath(name)} is too large: the limit is ${limit} bytes`);
}

/**
 * Checks that all files of an index can be made on a platform, before any of them is.
 *
 * @param name - Name of the index, for messages.
 * @throws {SeamlessError} `INVALID_NAME` for a name that is invalid on the platform; `INVALID_INDEX` if two paths would
 * be the same file, or go through the same directory in two spellings, or one is a directory of another.
 */
export function checkSafePaths(entries: DirectoryIndex, name: string, platform?: string): void {
  const { nameFault, fold } = filePlatform(platform);
  const fail = (code: "INVALID_NAME" | "INVALID_INDEX", what: string): never => {
    throw new SeamlessError(code, `${showPath(name)} cannot be downloaded here: ${what}`, { file: name });
  };
  // A second table of up to a million paths is made only if names have to be compared in folded form.
  const files = fold === undefined ? undefined : new Map<string, string>();
  const fileAt = (folded: string) =>
    files !== undefined ? files.get(folded) : entries.has(folded) ? folded : undefined;
  for (const path of entries.keys()) {
    for (const part of path.split("/")) {
      const wrong = nameFault(part);
      if (wrong !== undefined) fail("INVALID_NAME", `the path ${showPath(path)} ${wrong}`);
    }
    if (files === undefined || fold === undefined) continue;
    const other = files.get(fold(path));
    if (other !== undefined) fail("INVALID_INDEX", `${showPath(other)} and ${showPath(path)} would be the same file`);
    files.set(fold(path), path);
  }
  // Folded form → as it is spelled.
  const folders = new Map<string, string>();
  const checked = new Set<string>();
  for (const path of entries.keys()) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const folder = path.slice(0, end);
      // The folders above it have been checked with it.
      if (checked.has(folder)) break;
      checked.add(folder);
      const folded = fold?.(folder) ?? folder;
      const file = fileAt(folded);
      if (file !== undefined) {
        fail("INVALID_INDEX", `${showPath(file)} is both a file and the directory of ${showPath(path)}`);
      }
      const other = folders.get(folded);
      if (other !== undefined) {
        fail("INVALID_INDEX", `${showPath(other)} and ${showPath(folder)} would be the same directory`);
      }
      if (fold !== undefined) folders.set(folded, folder);
    }
  }
}
