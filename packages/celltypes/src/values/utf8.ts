import { invalidBuffer, tooLarge } from "../errors.ts";

/** V8's longest string, in UTF-16 units, on 64-bit machines: 512 MiB. */
export const MAX_STRING = 2 ** 29 - 24;
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Strict UTF-8; a byte order mark stays.
 *
 * @param base - Offset of the bytes in the whole buffer, for messages.
 * @throws {SeamlessError} `INVALID_BUFFER` with the offset of the first byte that is not UTF-8; `TOO_LARGE`.
 */
export function decodeUtf8(bytes: Uint8Array, base = 0): string {
  if (bytes.byteLength > MAX_STRING) throw tooLarge("text this long is no JavaScript string", "512 MiB");
  try {
    return DECODER.decode(bytes);
  } catch {
    throw invalidBuffer("this is not UTF-8", base + firstFault(bytes));
  }
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

/** Offset of the first byte that belongs to no character: all before it decodes. */
function firstFault(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.byteLength;
  // A cut-off character at the end is no fault of a prefix: `stream` keeps it back.
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  // The fault shows at the byte that breaks a character; it starts where the last whole one ended.
  let start = good;
  while (start > 0 && good - start < 4 && (bytes[start - 1]! & 0xc0) === 0x80) start--;
  if (start > 0 && bytes[start - 1]! >= 0xc0 && !isWhole(bytes.subarray(start - 1, good))) return start - 1;
  return good;
}

function isWhole(character: Uint8Array): boolean {
  try {
    DECODER.decode(character);
    return true;
  } catch {
    return false;
  }
}
