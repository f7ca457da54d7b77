import { gzipSync } from "node:zlib";
import { Checksum } from "@seamless/checksum";

/** Bytes, the same for the same arguments, and their checksum. */
export function sample(length: number, seed = 1): { readonly bytes: Uint8Array; readonly checksum: Checksum } {
  const bytes = new Uint8Array(length);
  let state = (seed * 0x9e3779b1) | 1;
  for (let i = 0; i < length; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + i;
    bytes[i] = state >>> 8;
  }
  return { bytes, checksum: Checksum.of(bytes) };
}

/** Chunks, one after the other. */
export async function* chunksOf(...all: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* all;
}

/** All that an asynchronous iteration gives. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

/** What bytes are, in few: comparing megabytes with `toEqual` takes seconds. */
export function sumOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Checksum.of(bytes).hex();
}

/** Text of a length in bytes, which compresses to a part of it. */
export function textOf(length: number) {
  const lines = Array.from({ length: Math.ceil(length / 10) }, (_, i) => `Line ${i}, ${(i * i) % 99_991}\n`);
  const bytes = new TextEncoder().encode(lines.join("")).subarray(0, length);
  return { bytes, checksum: Checksum.of(bytes), gzip: gzipSync(bytes) };
}
