import { Checksum, type ChecksumLike } from "./checksum.ts";
import { compareCodePoints, hasLoneSurrogate } from "./code-points.ts";
import { describe, SeamlessError } from "./errors.ts";
import { readStringDict, writeStringDict } from "./string-dict.ts";

/**
 * The files of a directory: relative path, with `/` between its parts, to the checksum of the file.
 * In the order of the code points of the paths.
 */
export type DirectoryIndex = ReadonlyMap<string, Checksum>;

/**
 * The buffer of a directory index, the `.INDEX` file: as celltype `plain` writes the dict.
 *
 * @param entries - Paths and checksums in any order.
 * @throws {SeamlessError} `INVALID_NAME` for a path that an index cannot hold (see `parseIndex`) or that comes twice.
 *
 * @example
 * import { Checksum, serializeIndex } from "@seamless/checksum";
 * const bytes = serializeIndex([["a.txt", Checksum.of(new TextEncoder().encode("hello\n"))]]);
 * console.log(new TextDecoder().decode(bytes).split(":")[0]);
 * // → {
 * // →   "a.txt"
 */
export function serializeIndex(entries: Iterable<readonly [string, ChecksumLike]>): Uint8Array<ArrayBuffer> {
  const sorted = Array.from(entries, ([path, checksum]) => [path, hexOf(checksum)] as const);
  sorted.sort(([a], [b]) => compareCodePoints(a, b));
  for (const [i, [path]] of sorted.entries()) {
    const fault = i > 0 && sorted[i - 1]![0] === path ? "comes twice" : pathFault(path);
    if (fault !== undefined) throw new SeamlessError("INVALID_NAME", `the path ${describe(path)} ${fault}`);
  }
  return writeStringDict(sorted);
}

/**
 * Read a directory index. Strict, since indexes come from elsewhere: a flat JSON dict of strings, no key twice, relative
 * paths without empty, `.` or `..` parts, and checksums of 64 lowercase hex digits.
 *
 * @param file - Name for messages.
 * @throws {SeamlessError} `INVALID_INDEX` with the offset, in bytes, of what is wrong.
 */
export function parseIndex(bytes: Uint8Array, file?: string): DirectoryIndex {
  const index = new Map<string, Checksum>();
  const refuse = (fault: string, offset: number): never => {
    const where = `${file ?? "this directory index"}, at byte ${offset}`;
    throw new SeamlessError("INVALID_INDEX", `${where}: ${fault}`, { offset, file });
  };
  for (const { key, value, keyOffset, valueOffset } of readStringDict(bytes, refuse)) {
    const fault = pathFault(key);
    if (fault !== undefined) refuse(`the path ${describe(key)} ${fault}`, keyOffset);
    if (index.has(key)) refuse(`the path ${describe(key)} comes twice`, keyOffset);
    if (!/^[0-9a-f]{64}$/.test(value)) {
      refuse(`${describe(value)} is not a checksum (64 lowercase hex digits), at path ${describe(key)}`, valueOffset);
    }
    index.set(key, new Checksum(value));
  }
  return index;
}

/** What is wrong with a path of an index; `undefined` if nothing. */
export function pathFault(path: string): string | undefined {
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

function hexOf(checksum: ChecksumLike): string {
  return (Checksum.isChecksum(checksum) ? checksum : new Checksum(checksum)).hex();
}
