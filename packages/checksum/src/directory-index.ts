import type { BytesLike } from "@seamless/internal/bytes";
import { compareCodePoints, hasLoneSurrogate } from "@seamless/internal/code-points";
import { describe, showPath } from "@seamless/internal/text";
import { Checksum, type ChecksumLike, isChecksumHex } from "./checksum.ts";
import { asBytes, SeamlessError } from "./errors.ts";

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
  return serializeSorted(
    sorted.map(([path]) => path),
    sliced(sorted.map(([, hex]) => hex)),
  );
}

/** As `serializeIndex`, of paths by code point, and the hex digits of their checksums in the same order. */
export function serializeSorted(paths: readonly string[], hex: Values): Uint8Array<ArrayBuffer> {
  for (let i = 0; i < paths.length; i++) {
    const path = paths[i]!;
    const fault = path === paths[i - 1] ? "comes twice" : pathFault(path);
    if (fault !== undefined) throw new SeamlessError("INVALID_NAME", `the path ${describe(path)} ${fault}`);
  }
  return encodeStringDict(paths, hex);
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
  const fail = (fault: string, offset: number): never => {
    const where = `${file === undefined ? "this directory index" : showPath(file)}, at byte ${offset}`;
    throw new SeamlessError("INVALID_INDEX", `${where}: ${fault}`, { offset, file });
  };
  for (const { key, value, keyOffset, valueOffset } of readStringDict(asBytes(bytes), fail)) {
    if (index.size >= maxEntries) {
      const what = file === undefined ? "this directory index" : showPath(file);
      throw new SeamlessError("TOO_LARGE", `${what} is too large: the limit is ${maxEntries} files`, { file });
    }
    const fault = pathFault(key);
    if (fault !== undefined) fail(`the path ${describe(key)} ${fault}`, keyOffset);
    if (index.has(key)) fail(`the path ${describe(key)} comes twice`, keyOffset);
    if (!isChecksumHex(value)) {
      fail(`${describe(value)} is not a checksum (64 lowercase hex digits), at path ${describe(key)}`, valueOffset);
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
  return isStringDict(
    bytes,
    Array.from(entries.keys()),
    sliced(Array.from(entries.values(), (checksum) => checksum.hex())),
  );
}

/** What is wrong with a path of an index; `undefined` if nothing. */
function pathFault(path: string): string | undefined {
  // The usual case, in one pass.
  if (/^(?:[\w-][ -.0-~]*(?:\/|$))+$/.test(path) && !path.endsWith("/")) return undefined;
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

/**
 * A reader and a writer for one JSON shape, a flat dict of strings: all that a directory index needs. They keep this
 * package free of the celltypes; a test there holds the writer byte-equal to celltype `plain`.
 */

/** One key and value, with the offset of their opening quotes. */
interface StringItem {
  readonly key: string;
  readonly value: string;
  readonly keyOffset: number;
  readonly valueOffset: number;
}

type Fail = (fault: string, offset: number) => never;

const ENCODER = new TextEncoder();
/** A byte order mark is kept, so that it is an error. */
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Entries are encoded in batches, so that no string comes near the platform's limit of 512 MiB. */
const BATCH = 1024;

/** Gives some of the values, which need not all be there as strings: those of a million checksums take 100 MB. */
type Values = (start: number, end: number) => readonly string[];

const sliced =
  (all: readonly string[]): Values =>
  (start, end) =>
    all.slice(start, end);

/** Is it what an index of these keys and values holds? In constant memory but for the strings. */
function isStringDict(bytes: Uint8Array, keys: readonly string[], values: Values): boolean {
  let at = 0;
  for (const text of stringDictTexts(keys, values)) {
    const chunk = ENCODER.encode(text);
    for (let i = 0; i < chunk.byteLength; i++) if (bytes[at + i] !== chunk[i]) return false;
    at += chunk.byteLength;
  }
  return at === bytes.byteLength;
}

/**
 * JSON in UTF-8 with an indent of 2, keys in the given order, and a final newline. Encoded where it is to lie: an index of a
 * million files is 110 MB, and is not to be there twice.
 *
 * @param values - 64 hex digits each.
 */
function encodeStringDict(keys: readonly string[], values: Values): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(stringDictLength(keys));
  let at = 0;
  for (const text of stringDictTexts(keys, values)) at += ENCODER.encodeInto(text, whole.subarray(at)).written;
  // A value that is missing would be written as other than 64 digits, and the index be hashed as if it were right.
  if (at !== whole.byteLength) throw new Error("not all values of an index are checksums");
  return whole;
}

/** In bytes. */
function stringDictLength(keys: readonly string[]): number {
  if (keys.length === 0) return EMPTY.length;
  // The first begins with a brace in place of the comma.
  let length = CLOSE.length;
  for (const key of keys) length += `,\n  : ""`.length + quotedLength(key) + HEX_LENGTH;
  return length;
}

const EMPTY = "{}\n";
const CLOSE = "\n}\n";
const HEX_LENGTH = 64;

/** The same as text, in pieces. */
function* stringDictTexts(keys: readonly string[], values: Values): Generator<string, void, undefined> {
  if (keys.length === 0) yield EMPTY;
  for (let start = 0; start < keys.length; start += BATCH) {
    const end = Math.min(keys.length, start + BATCH);
    const hex = values(start, end);
    let text = "";
    for (let i = start; i < end; i++) text += `${i === 0 ? "{" : ","}\n  ${quote(keys[i]!)}: "${hex[i - start]}"`;
    yield end === keys.length ? text + CLOSE : text;
  }
}

/** As orjson: only quotes, backslashes and U+0000–U+001F are escaped, which is what `JSON.stringify` does. */
function quote(text: string): string {
  return isPlain(text) ? `"${text}"` : JSON.stringify(text);
}

/** In bytes. */
function quotedLength(text: string): number {
  return isPlain(text) ? text.length + 2 : ENCODER.encode(JSON.stringify(text)).byteLength;
}

/** The usual case, in a third of the time. */
function isPlain(text: string): boolean {
  return /^[ !#-[\]-~]*$/.test(text);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Read a flat dict of strings: RFC 8259, any white space between tokens, lines that begin with `#`, nothing else in or
 * around it. Works on bytes, so that only single strings are ever decoded.
 *
 * @param fail - Called with a fault and its offset; must throw.
 */
function* readStringDict(bytes: Uint8Array, fail: Fail): Generator<StringItem, void, undefined> {
  let at = skipSpace(bytes, 0);
  const expect = (character: string) => {
    if (bytes[at] !== character.charCodeAt(0)) fail(`expected ${JSON.stringify(character)}`, at);
    at = skipSpace(bytes, at + 1);
  };
  const string = (what: string) => {
    if (bytes[at] !== QUOTE) fail(`expected a string as ${what}`, at);
    const end = stringEnd(bytes, at, fail);
    const text = decodeString(bytes.subarray(at, end), at, fail);
    at = skipSpace(bytes, end);
    return text;
  };
  expect("{");
  if (bytes[at] === 0x7d) {
    expect("}");
  } else {
    for (;;) {
      const keyOffset = at;
      const key = string("a key");
      expect(":");
      const valueOffset = at;
      const value = string("a value");
      yield { key, value, keyOffset, valueOffset };
      if (bytes[at] === 0x2c) expect(",");
      else break;
    }
    expect("}");
  }
  if (at < bytes.byteLength) fail("there is something after the final brace", at);
}

const [TAB, NEWLINE, RETURN, SPACE, HASH] = [0x09, 0x0a, 0x0d, 0x20, 0x23];

/** Offset of the next token. A comment is a whole line: only white space may stand before its `#`. */
function skipSpace(bytes: Uint8Array, start: number): number {
  let lineStart = start === 0;
  let comment = false;
  for (let at = start; at < bytes.byteLength; at++) {
    const byte = bytes[at];
    const lineEnd = byte === NEWLINE || byte === RETURN;
    if (lineEnd) [lineStart, comment] = [true, false];
    else if (byte === HASH && lineStart) comment = true;
    else if (!comment && byte !== SPACE && byte !== TAB) return at;
  }
  return bytes.byteLength;
}

/** Offset behind the closing quote of the string that opens at `start`. */
function stringEnd(bytes: Uint8Array, start: number, fail: Fail): number {
  for (let at = start + 1; at < bytes.byteLength; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at++;
  }
  return fail("this string has no end", start);
}

function decodeString(quoted: Uint8Array, offset: number, fail: Fail): string {
  try {
    return JSON.parse(DECODER.decode(quoted)) as string;
  } catch (error) {
    return fail(`this string is not valid JSON in UTF-8 (${(error as Error).message})`, offset);
  }
}
