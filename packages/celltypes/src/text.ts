import { hasLoneSurrogate } from "@seamless/internal/code-points";
import { invalidBufferError, invalidValueError, tooLargeError } from "./errors.ts";

/** V8's longest string, in UTF-16 units, on 64-bit machines: 512 MiB. */
export const MAX_STRING = 2 ** 29 - 24;
const ENCODER = /* @__PURE__ */ new TextEncoder();
const DECODER = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Strict UTF-8; a byte order mark stays.
 *
 * @param base - Offset of the bytes in the whole buffer, for messages.
 * @throws {SeamlessError} `INVALID_BUFFER` with the offset of the first byte that is not UTF-8; `TOO_LARGE`.
 */
export function decodeUtf8(bytes: Uint8Array, base = 0): string {
  if (bytes.byteLength > MAX_STRING) throw tooLargeError("text this long is no JavaScript string", "512 MiB");
  try {
    return DECODER.decode(bytes);
  } catch {
    throw invalidBufferError("this is not UTF-8", base + firstInvalidByte(bytes));
  }
}

/**
 * Strict UTF-8.
 *
 * @throws {SeamlessError} `INVALID_VALUE` for a lone surrogate.
 */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  if (hasLoneSurrogate(text)) throw invalidValueError("a string with a lone surrogate has no UTF-8 form");
  return ENCODER.encode(text);
}

/** A text without its final newlines. */
export function stripNewlines(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x0a) end--;
  return text.slice(0, end);
}

/** Number of bytes that the first `end` UTF-16 units of a text take in UTF-8. */
export function utf8Length(text: string, end: number): number {
  let length = 0;
  for (let i = 0; i < end; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    // Each half of a surrogate pair counts for half of its four bytes.
    else length += unit >= 0xd800 && unit < 0xe000 ? 2 : 3;
  }
  return length;
}

/** Offset of the first byte that belongs to no character: of the table of well-formed sequences, Unicode 15, 3-7. */
function firstInvalidByte(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      at++;
      continue;
    }
    const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    const second = bytes[at + 1] ?? 0;
    // What the second byte may be depends on the first: no overlong forms, no surrogates, nothing past U+10FFFF.
    const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (lead < 0xc2 || lead > 0xf4 || second < low || second > high) return at;
    for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return at;
    at += length;
  }
  return at;
}

/** Characters that are made at once: arguments go on the stack. One by one they would be a chain of tiny strings. */
const CHUNK = 8192;

/** Bytes as the characters of Latin-1. Not by `TextDecoder`, whose `latin1` is Windows-1252. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return text;
}
