import { SeamlessError } from "@seamless/checksum";
import type { Coding } from "@seamless/store";
import { decoders } from "#decoders";
import { createEncoder, LEVELS } from "./encode.ts";

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
 * Decompresses chunks in constant memory: all members of gzip, all frames of zstd. There is no limit of what they may become.
 *
 * @param chunks - Must not be changed afterwards.
 * @throws {Error} for bytes that are not of the coding, that end too soon, or that something follows. What `chunks` throws passes
 * unchanged.
 *
 * @example
 * import { gzipSync } from "node:zlib";
 * import { decodeChunks } from "@seamless/remote/encoding";
 * const chunks = (async function* () { yield gzipSync("hello"); })();
 * for await (const chunk of decodeChunks("gzip", chunks)) console.log(new TextDecoder().decode(chunk)); // → hello
 */
export async function* decodeChunks(
  coding: Coding,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let [bytes, ended] = [0, false];
  const watched = (async function* () {
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      yield chunk;
    }
    ended = true;
  })();
  yield* decoders[coding](watched);
  // Not all decoders complain.
  if (bytes === 0) throw new Error("it is empty");
  if (!ended) throw new Error("something follows its end");
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
