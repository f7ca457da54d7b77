import { tooLarge } from "../errors.ts";
import { checkSize } from "../proportion.ts";

const ENCODER = new TextEncoder();
/** Strings up to this length are copied character by character: a call of `encodeInto` costs more. */
const SHORT = 64;
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
    // While this one writes, another that is made meanwhile (in a getter of the value) finds none.
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

  /** Text as UTF-8; it must have no lone surrogates. */
  utf8(text: string): void {
    if (this.length + text.length * 3 > this.bytes.length) this.grow(text.length * 3);
    this.length += ENCODER.encodeInto(text, this.bytes.subarray(this.length)).written;
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

  private grow(count: number): void {
    checkSize(this.length, this.maxBytes, "JSON");
    const size = Math.max(this.length + count, this.bytes.length * 2);
    let grown: Uint8Array<ArrayBuffer>;
    try {
      grown = new Uint8Array(size);
    } catch {
      throw tooLarge(`no array of ${size} bytes can be made`, "what JavaScript holds in one array");
    }
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
