import { concatBytes } from "@seamless/internal/bytes";

/**
 * A reader and a writer for one JSON shape, a flat dict of strings: all that a directory index needs. They keep this
 * package free of the celltypes; a test there holds the writer byte-equal to celltype `plain`.
 */

/** One key and value, with the offset of their opening quotes. */
export interface StringItem {
  readonly key: string;
  readonly value: string;
  readonly keyOffset: number;
  readonly valueOffset: number;
}

type Refuse = (fault: string, offset: number) => never;

const ENCODER = new TextEncoder();
/** A byte order mark is kept, and refused. */
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Entries are encoded in batches, so that no string comes near the platform's limit of 512 MiB. */
const BATCH = 4096;

/** JSON in UTF-8 with an indent of 2, keys in the given order, and a final newline. */
export function writeStringDict(items: Iterable<readonly [string, string]>): Uint8Array<ArrayBuffer> {
  return concatBytes([...stringDictPieces(items)]);
}

/** Is it what `writeStringDict` makes of these items? In constant memory. */
export function isStringDict(bytes: Uint8Array, items: Iterable<readonly [string, string]>): boolean {
  let at = 0;
  for (const piece of stringDictPieces(items)) {
    for (let i = 0; i < piece.byteLength; i++) if (bytes[at + i] !== piece[i]) return false;
    at += piece.byteLength;
  }
  return at === bytes.byteLength;
}

function* stringDictPieces(items: Iterable<readonly [string, string]>): Generator<Uint8Array, void, undefined> {
  let text = "{";
  let count = 0;
  for (const [key, value] of items) {
    text += `${count++ === 0 ? "" : ","}\n  ${quote(key)}: ${quote(value)}`;
    if (count % BATCH > 0) continue;
    yield ENCODER.encode(text);
    text = "";
  }
  yield ENCODER.encode(count === 0 ? "{}\n" : `${text}\n}\n`);
}

/** As orjson: only quotes, backslashes and U+0000–U+001F are escaped, which is what `JSON.stringify` does. */
function quote(text: string): string {
  return JSON.stringify(text);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Read a flat dict of strings: RFC 8259, any white space between tokens, lines that begin with `#`, nothing else in or
 * around it. Works on bytes, so that only single strings are ever decoded.
 *
 * @param refuse - Called with a fault and its offset; must throw.
 */
export function* readStringDict(bytes: Uint8Array, refuse: Refuse): Generator<StringItem, void, undefined> {
  let at = skipSpace(bytes, 0);
  const expect = (character: string) => {
    if (bytes[at] !== character.charCodeAt(0)) refuse(`expected ${JSON.stringify(character)}`, at);
    at = skipSpace(bytes, at + 1);
  };
  const string = (what: string) => {
    if (bytes[at] !== QUOTE) refuse(`expected a string as ${what}`, at);
    const end = stringEnd(bytes, at, refuse);
    const text = decodeString(bytes.subarray(at, end), at, refuse);
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
  if (at < bytes.byteLength) refuse("there is something after the final brace", at);
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
function stringEnd(bytes: Uint8Array, start: number, refuse: Refuse): number {
  for (let at = start + 1; at < bytes.byteLength; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at++;
  }
  return refuse("this string has no end", start);
}

function decodeString(quoted: Uint8Array, offset: number, refuse: Refuse): string {
  try {
    return JSON.parse(DECODER.decode(quoted)) as string;
  } catch (error) {
    return refuse(`this string is not valid JSON in UTF-8 (${(error as Error).message})`, offset);
  }
}
