import { SeamlessError } from "@seamless/checksum";
import type { Coding } from "@seamless/store";
import { createEncoder, LEVELS } from "./encode.ts";

export { decodeChunks, decoderOf } from "./decode-chunks.ts";

/** How chunks are encoded. */
export interface EncodeChunksOptions {
  /**
   * How hard: 1 to 9 for gzip, to 19 for zstd.
   * @default 6 for gzip, 3 for zstd
   */
  readonly level?: number | undefined;
  /** Of all chunks, in bytes, where it is known: zstd then writes it into its header. */
  readonly length?: number | undefined;
}

/**
 * Compresses chunks in constant memory, as one member of gzip or one frame of zstd; the same bytes always become the same.
 *
 * @param chunks - One may be changed once the next is asked for.
 * @throws {SeamlessError} `UNSUPPORTED` for zstd in a Node before 22.15 without the package "@hpcc-js/wasm-zstd"; `INVALID_ARGUMENT`
 * for a level that the coding does not have. What `chunks` throws passes unchanged.
 *
 * @example
 * import { encodeChunks } from "@seamless/remote/encoding";
 * const chunks = (async function* () { yield new Uint8Array(1_000_000); })();
 * let length = 0;
 * for await (const chunk of encodeChunks("gzip", chunks)) length += chunk.byteLength;
 * console.log(length < 2000); // → true
 */
export function encodeChunks(
  coding: Coding,
  chunks: AsyncIterable<Uint8Array>,
  { level = LEVELS[coding].usual, length }: EncodeChunksOptions = {},
): AsyncIterable<Uint8Array> {
  const { most } = LEVELS[coding];
  if (!Number.isInteger(level) || level < 1 || level > most) {
    throw new SeamlessError(
      "INVALID_ARGUMENT",
      `a level of ${coding} is a whole number from 1 to ${most}, got ${level}`,
    );
  }
  return createEncoder(coding, level)(chunks, { length });
}
