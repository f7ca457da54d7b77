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
export function writeStringDict(items: readonly (readonly [string, string])[]): Uint8Array<ArrayBuffer> {
  if (items.length === 0) return ENCODER.encode("{}\n");
  const batches: Uint8Array[] = [];
  for (let start = 0; start < items.length; start += BATCH) {
    let text = start === 0 ? "{" : "";
    for (let i = start; i < Math.min(start + BATCH, items.length); i++) {
      const [key, value] = items[i]!;
      text += `${i === 0 ? "" : ","}\n  ${quote(key)}: ${quote(value)}`;
    }
    batches.push(ENCODER.encode(start + BATCH < items.length ? text : `${text}\n}\n`));
  }
  return concat(batches);
}

/** As orjson: only quotes, backslashes and U+0000–U+001F are escaped, which is what `JSON.stringify` does. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Read a flat dict of strings: RFC 8259, any white space between tokens, nothing else in or around it. Works on bytes,
 * so that only single strings are ever decoded.
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

function skipSpace(bytes: Uint8Array, at: number): number {
  while (at < bytes.byteLength && (bytes[at] === 0x20 || (bytes[at]! >= 0x09 && bytes[at]! <= 0x0d))) {
    if (bytes[at] === 0x0b || bytes[at] === 0x0c) break;
    at++;
  }
  return at;
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
