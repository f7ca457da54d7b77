import { concatBytes } from "@seamless/internal/bytes";
import type { Coding } from "@seamless/store";

/** How a compressed file begins: RFC 1952, section 2.3.1; RFC 8878, sections 3.1.1 and 3.1.2, a skippable frame included. */
const BEGINNINGS: Readonly<Record<Coding, (bytes: Uint8Array) => boolean>> = {
  gzip: ([first, second]) => first === 0x1f && second === 0x8b,
  zstd: ([first, second, third, fourth]) =>
    (first === 0x28 && second === 0xb5 && third === 0x2f && fourth === 0xfd) ||
    (first !== undefined && first >> 4 === 5 && second === 0x2a && third === 0x4d && fourth === 0x18),
};

/** Longest of them, in bytes. */
const MAGIC = 4;

/** Do bytes begin as a compressed file does? */
export function beginsAs(coding: Coding, bytes: Uint8Array): boolean {
  return BEGINNINGS[coding](bytes);
}

/**
 * Is a compressed file still compressed when it arrives? Some servers send `.gz` as if it were the encoding of what is in it,
 * and then whoever receives it has undone that already.
 *
 * @returns the same bytes, from the start.
 */
export async function isEncoded(
  coding: Coding,
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly encoded: boolean; readonly chunks: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < MAGIC) {
    const next = await iterator.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value.byteLength;
  }
  const chunks = async function* () {
    try {
      yield* first;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  };
  return { encoded: beginsAs(coding, concatBytes(first)), chunks: chunks() };
}
