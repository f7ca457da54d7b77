import { Checksum } from "@seamless/checksum";

/** Bytes and their checksum. */
export interface Sample {
  readonly bytes: Uint8Array;
  readonly checksum: Checksum;
}

/** Name → length in bytes: no bytes, one, more than a page, more than any piece. */
export const SIZES: readonly (readonly [string, number])[] = [
  ["the empty buffer", 0],
  ["one byte", 1],
  ["4,097 bytes", 4097],
  ["several MiB", 5 * 2 ** 20 + 3],
];

/** Enough to come in many pieces. */
export const LARGE = 2 ** 20 + 11;

/** The same bytes for the same arguments, and other ones for others. */
export function sample(length: number, seed = 1): Sample {
  const bytes = new Uint8Array(length);
  // Xorshift (Marsaglia 2003).
  let state = (seed * 0x9e3779b1) | 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return { bytes, checksum: Checksum.of(bytes) };
}

/** With one bit changed in the last byte. */
export function damaged(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const last = copy.byteLength - 1;
  copy[last] = (copy[last] ?? 0) ^ 1;
  return copy;
}

/** In pieces of uneven length, some of them empty. */
export async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield new Uint8Array();
  let size = 1;
  for (let at = 0; at < bytes.byteLength; ) {
    yield bytes.slice(at, at + size);
    at += size;
    size = size * 3 + 1;
    if (size > 300_000) {
      yield new Uint8Array();
      size = 70_001;
    }
  }
}
