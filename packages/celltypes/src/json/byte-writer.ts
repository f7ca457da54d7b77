import { checkSize, tooLargeError } from "../errors.ts";

/** Strings up to this length are first tried without a look at each character for what it takes. */
const SHORT = 64;
/** UTF-16 units of a string that are written at once, after memory for the longest form of all of them is there. */
const CHUNK = 1 << 16;
/** Bytes of the longest form of a UTF-16 unit: `\u0000`. */
const LONGEST = 6;

/** Of a number in decimals: a sign, seven digits, a point, six digits. */
const LONGEST_DECIMAL = 15;

const encoder = new TextEncoder();
const HEX_ESCAPE = 0x75;
const HEX = encoder.encode("0123456789abcdef");
/** What stands behind the backslash for each ASCII character that JSON escapes, `u` where digits follow; else 0. */
const ESCAPES = escapes([
  ['"', '"'],
  ["\\", "\\"],
  ["\b", "b"],
  ["\t", "t"],
  ["\n", "n"],
  ["\f", "f"],
  ["\r", "r"],
]);
/** Memory of a writer that is kept for the next one, in bytes at most. */
const MAX_SPARE = 2 ** 22;

const NONE = new Uint8Array();

/** The memory of the last writer that finished: memory that is fresh each time costs as much as writing to it. */
let spare: Uint8Array<ArrayBuffer> | undefined;

/**
 * Bytes that grow at the end.
 *
 * Every byte of JSON goes through here, so the room is checked in each method before a call is made, and the fields are
 * TypeScript's `private`: measured on 1 MB of nested records, `#private` fields and a `reserve` that is always called
 * take a third more time in all.
 */
export class ByteWriter {
  private bytes: Uint8Array<ArrayBuffer>;
  private length = 0;
  private readonly maxBytes: number;

  /** @param maxBytes - How much may be written: checked where more memory is needed, and at the end. */
  constructor(maxBytes = Infinity) {
    this.maxBytes = maxBytes;
    // Taken while this one writes: another that is made meanwhile (in a getter of the value) gets memory of its own.
    this.bytes = spare ?? new Uint8Array(1024);
    spare = undefined;
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.grow(1);
    this.bytes[this.length++] = value;
  }

  /** Short text of ASCII characters. */
  ascii(text: string): void {
    const { length } = text;
    if (this.length + length > this.bytes.length) this.grow(length);
    const bytes = this.bytes;
    let at = this.length;
    for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
  }

  /**
   * A float, if it has so few digits that they can be told at once: up to 2,000 with six decimals, up to two millions with
   * three. Such are most that people measure; the engine's `String`, and a copy of it, take three times as long.
   *
   * They are the shortest that round-trip: of up to 15 digits, no two spell the same double.
   *
   * @returns false if nothing was written.
   */
  decimal(value: number): boolean {
    const magnitude = Math.abs(value);
    if (!(magnitude >= 1e-5 && magnitude < 2e6)) return false;
    const decimals = magnitude < 2000 ? 6 : 3;
    const scale = decimals === 6 ? 1e6 : 1e3;
    const scaled = Math.round(magnitude * scale);
    // The division is rounded correctly, as is the reading of these digits.
    if (scaled / scale !== magnitude) return false;
    if (this.length + LONGEST_DECIMAL > this.bytes.length) this.grow(LONGEST_DECIMAL);
    const bytes = this.bytes;
    if (value < 0) bytes[this.length++] = 0x2d;
    const whole = Math.trunc(magnitude);
    let places = 1;
    for (let power = 10; power <= whole; power *= 10) places++;
    const point = this.length + places;
    writeDigits(bytes, this.length, point, whole);
    bytes[point] = 0x2e;
    let end = point + 1 + decimals;
    writeDigits(bytes, point + 1, end, scaled - whole * scale);
    // One decimal stays: `1.0`.
    while (end > point + 2 && bytes[end - 1] === 0x30) end--;
    this.length = end;
    return true;
  }

  /** Text of ASCII characters, long enough that the engine copies it faster. */
  longAscii(text: string): void {
    this.reserve(text.length);
    encoder.encodeInto(text, this.bytes.subarray(this.length));
    this.length += text.length;
  }

  /** A line break and an indent of two spaces a level. */
  newLine(level: number): void {
    if (this.length + 1 + 2 * level > this.bytes.length) this.grow(1 + 2 * level);
    const bytes = this.bytes;
    let at = this.length;
    bytes[at++] = 0x0a;
    for (let i = 0; i < level; i++) {
      bytes[at++] = 0x20;
      bytes[at++] = 0x20;
    }
    this.length = at;
  }

  /**
   * Text in quotes, if that can be done at once: it is short and of ASCII characters without escapes.
   *
   * @returns false if nothing was written.
   */
  quotedAscii(text: string): boolean {
    const { length } = text;
    if (length > SHORT) return false;
    if (this.length + length + 2 > this.bytes.length) this.grow(length + 2);
    const bytes = this.bytes;
    let at = this.length;
    bytes[at++] = 0x22;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x20 || code === 0x22 || code === 0x5c || code > 0x7e) return false;
      bytes[at++] = code;
    }
    bytes[at++] = 0x22;
    this.length = at;
    return true;
  }

  /**
   * A string in quotes, as UTF-8, with escapes for what JSON must escape; it must have no lone surrogates.
   *
   * Byte by byte: the engine's `JSON.stringify` and `encodeInto` are no faster, and far slower where there are escapes.
   */
  quotedUtf8(text: string): void {
    this.byte(0x22);
    for (let i = 0; i < text.length; ) i = this.utf8Chunk(text, i, Math.min(i + CHUNK, text.length));
    this.byte(0x22);
  }

  /**
   * A string in quotes as Python's `json.dumps` writes it: all but U+0020–U+007E is escaped, unit by unit, so that astral
   * characters become two escapes and lone surrogates one.
   *
   * Source: `ESCAPE_ASCII` and `py_encode_basestring_ascii` in CPython's `json/encoder.py`.
   */
  quotedPython(text: string): void {
    this.byte(0x22);
    for (let i = 0; i < text.length; ) i = this.pythonChunk(text, i, Math.min(i + CHUNK, text.length));
    this.byte(0x22);
  }

  /** What was written, in memory of just that size. Nothing can be written afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    const { bytes, length } = this;
    checkSize(length, this.maxBytes, "JSON");
    this.bytes = NONE;
    this.length = 0;
    if (bytes.length <= MAX_SPARE) spare = bytes;
    return bytes.slice(0, length);
  }

  /** @returns the index behind the chunk: one further than `end` where that would part a surrogate pair. */
  private utf8Chunk(text: string, start: number, end: number): number {
    // A pair takes four bytes, less than its two units may.
    this.reserve((end - start) * LONGEST);
    const bytes = this.bytes;
    let at = this.length;
    let i = start;
    for (; i < end; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0x80) {
        const letter = ESCAPES[unit]!;
        if (letter === 0) bytes[at++] = unit;
        else at = writeEscape(bytes, at, unit, letter);
      } else if (unit < 0x800) {
        bytes[at++] = 0xc0 | (unit >> 6);
        bytes[at++] = 0x80 | (unit & 0x3f);
      } else if (unit < 0xd800 || unit >= 0xe000) {
        bytes[at++] = 0xe0 | (unit >> 12);
        bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
        bytes[at++] = 0x80 | (unit & 0x3f);
      } else {
        const codePoint = 0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff);
        bytes[at++] = 0xf0 | (codePoint >> 18);
        bytes[at++] = 0x80 | ((codePoint >> 12) & 0x3f);
        bytes[at++] = 0x80 | ((codePoint >> 6) & 0x3f);
        bytes[at++] = 0x80 | (codePoint & 0x3f);
      }
    }
    this.length = at;
    return i;
  }

  private pythonChunk(text: string, start: number, end: number): number {
    this.reserve((end - start) * LONGEST);
    const bytes = this.bytes;
    let at = this.length;
    for (let i = start; i < end; i++) {
      const unit = text.charCodeAt(i);
      const letter = unit < 0x7f ? ESCAPES[unit]! : HEX_ESCAPE;
      if (letter === 0) bytes[at++] = unit;
      else at = writeEscape(bytes, at, unit, letter);
    }
    this.length = at;
    return end;
  }

  private reserve(count: number): void {
    if (this.length + count > this.bytes.length) this.grow(count);
  }

  private grow(count: number): void {
    checkSize(this.length, this.maxBytes, "JSON");
    const size = Math.max(this.length + count, this.bytes.length * 2);
    let grown: Uint8Array<ArrayBuffer>;
    try {
      grown = new Uint8Array(size);
    } catch {
      throw tooLargeError(`no array of ${size} bytes can be made`, "what JavaScript holds in one array");
    }
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

/** @returns the index behind it. */
function writeEscape(bytes: Uint8Array, start: number, unit: number, letter: number): number {
  let at = start;
  bytes[at++] = 0x5c;
  bytes[at++] = letter;
  if (letter === HEX_ESCAPE) {
    bytes[at++] = HEX[unit >> 12]!;
    bytes[at++] = HEX[(unit >> 8) & 0xf]!;
    bytes[at++] = HEX[(unit >> 4) & 0xf]!;
    bytes[at++] = HEX[unit & 0xf]!;
  }
  return at;
}

/** Decimal digits from the right, with zeros on the left. */
function writeDigits(bytes: Uint8Array, start: number, end: number, value: number): void {
  let left = value | 0;
  for (let i = end - 1; i >= start; i--) {
    const rest = (left / 10) | 0;
    bytes[i] = 0x30 + left - rest * 10;
    left = rest;
  }
}

function escapes(short: readonly (readonly [character: string, letter: string])[]): Uint8Array {
  const table = new Uint8Array(128).fill(HEX_ESCAPE, 0, 0x20);
  for (const [character, letter] of short) table[character.charCodeAt(0)] = letter.charCodeAt(0);
  return table;
}
