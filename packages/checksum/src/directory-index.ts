import { compareCodePoints, hasLoneSurrogate } from "@seamless/internal/code-points";
import { describe, showPath } from "@seamless/internal/text";
import { asBytes, type BytesLike } from "./bytes.ts";
import { Checksum, type ChecksumLike } from "./checksum.ts";
import { SeamlessError } from "./errors.ts";
import { isChecksumHex } from "./hex.ts";
import { isStringDict, readStringDict, writeStringDict } from "./string-dict.ts";

/**
 * The files of a directory: relative path, with `/` between its parts, to the checksum of the file.
 * In the order of the code points of the paths.
 */
export type DirectoryIndex = ReadonlyMap<string, Checksum>;

/**
 * The buffer of a directory index, the `.INDEX` file: as celltype `plain` writes the dict.
 *
 * @param entries - Paths and checksums in any order.
 * @throws {SeamlessError} `INVALID_NAME` for a path that an index cannot hold (see `parseIndex`) or that comes twice;
 * `INVALID_ARGUMENT` for anything but pairs of a path and a checksum.
 *
 * @example
 * import { Checksum, serializeIndex } from "@seamless/checksum";
 * const bytes = serializeIndex([["a.txt", Checksum.of(new TextEncoder().encode("hello\n"))]]);
 * console.log(new TextDecoder().decode(bytes).split(":")[0]);
 * // → {
 * // →   "a.txt"
 */
export function serializeIndex(entries: Iterable<readonly [string, ChecksumLike]>): Uint8Array<ArrayBuffer> {
  if (typeof (entries as Partial<typeof entries> | null | undefined)?.[Symbol.iterator] !== "function") {
    const hint = "an index is made of pairs of a path and a checksum (Object.entries makes them of a dict)";
    throw new SeamlessError("INVALID_ARGUMENT", `${hint}, got ${describe(entries)}`);
  }
  const sorted = Array.from(entries, checkEntry);
  sorted.sort(([a], [b]) => compareCodePoints(a, b));
  for (const [i, [path]] of sorted.entries()) {
    const fault = i > 0 && sorted[i - 1]![0] === path ? "comes twice" : pathFault(path);
    if (fault !== undefined) throw new SeamlessError("INVALID_NAME", `the path ${describe(path)} ${fault}`);
  }
  return writeStringDict(sorted);
}

/** How to read an index. */
export interface IndexLimits {
  /**
   * Files at most. Each takes some 250 bytes of memory.
   * @default 1_000_000
   */
  readonly maxEntries?: number | undefined;
}

const MAX_ENTRIES = 1_000_000;

/**
 * Read a directory index. Strict, since indexes come from elsewhere: a flat JSON dict of strings, no key twice, relative
 * paths without empty, `.` or `..` parts, and checksums of 64 lowercase hex digits. White space between the tokens does
 * not count, nor do lines that begin with `#`.
 *
 * @param file - Name for messages.
 * @throws {SeamlessError} `INVALID_INDEX` with the offset, in bytes, of what is wrong; `TOO_LARGE` for more files than the
 * limit; `INVALID_ARGUMENT` if it is not bytes.
 */
export function parseIndex(bytes: BytesLike, file?: string, limits: IndexLimits = {}): DirectoryIndex {
  const { maxEntries = MAX_ENTRIES } = limits;
  if (!(maxEntries >= 0)) {
    throw new SeamlessError("INVALID_ARGUMENT", `maxEntries is a number of files, got ${describe(maxEntries)}`);
  }
  const index = new Map<string, Checksum>();
  const refuse = (fault: string, offset: number): never => {
    const where = `${file === undefined ? "this directory index" : showPath(file)}, at byte ${offset}`;
    throw new SeamlessError("INVALID_INDEX", `${where}: ${fault}`, { offset, file });
  };
  for (const { key, value, keyOffset, valueOffset } of readStringDict(asBytes(bytes), refuse)) {
    if (index.size >= maxEntries) {
      const what = file === undefined ? "this directory index" : showPath(file);
      throw new SeamlessError("TOO_LARGE", `${what} is too large: the limit is ${maxEntries} files`, { file });
    }
    const fault = pathFault(key);
    if (fault !== undefined) refuse(`the path ${describe(key)} ${fault}`, keyOffset);
    if (index.has(key)) refuse(`the path ${describe(key)} comes twice`, keyOffset);
    if (!isChecksumHex(value)) {
      refuse(`${describe(value)} is not a checksum (64 lowercase hex digits), at path ${describe(key)}`, valueOffset);
    }
    index.set(key, new Checksum(value));
  }
  return index;
}

/** Is it the buffer that `serializeIndex` makes of these entries? */
export function isCanonicalIndex(bytes: Uint8Array, entries: DirectoryIndex): boolean {
  let last = "";
  for (const path of entries.keys()) {
    if (compareCodePoints(last, path) > 0) return false;
    last = path;
  }
  return isStringDict(bytes, hexOf(entries));
}

function* hexOf(entries: DirectoryIndex): Generator<readonly [string, string], void, undefined> {
  for (const [path, checksum] of entries) yield [path, checksum.hex()];
}

/** What is wrong with a path of an index; `undefined` if nothing. */
function pathFault(path: string): string | undefined {
  if (path.includes("\0")) return "has a NUL in it";
  if (hasLoneSurrogate(path)) return "is not valid Unicode";
  // One pass for the usual case: no part is empty, "." or "..".
  if (!/(?:^|\/)\.{0,2}(?:\/|$)/.test(path)) return undefined;
  if (path === "") return "is empty";
  if (path.startsWith("/")) return "is absolute";
  return path.split("/").includes("..")
    ? 'leaves the directory (it has a ".." in it)'
    : 'has an empty or "." part in it';
}

function checkEntry(entry: readonly [string, ChecksumLike]): readonly [string, string] {
  if (!Array.isArray(entry) || typeof entry[0] !== "string") {
    const found = Array.isArray(entry) ? describe(entry[0]) : describe(entry);
    throw new SeamlessError("INVALID_ARGUMENT", `an entry of an index is a path and a checksum, got ${found}`);
  }
  const [path, checksum] = entry;
  return [path, (Checksum.isChecksum(checksum) ? checksum : new Checksum(checksum)).hex()];
}
