import { type Checksum, type Decode, ProvenDecoding } from "@seamless/checksum";
import type { Coding } from "@seamless/store";
import { decoders } from "#decoders";

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

const DECODERS: Readonly<Record<Coding, Decode>> = {
  gzip: (chunks) => decodeChunks("gzip", chunks),
  zstd: (chunks) => decodeChunks("zstd", chunks),
};

/**
 * `decodeChunks` for one coding, always the same function: what it is proven to have made (`proveDecoding` of
 * `@seamless/checksum`), `putEncoded` does not decode again.
 *
 * @example
 * import { decoderOf } from "@seamless/remote/encoding";
 * console.log(decoderOf("gzip") === decoderOf("gzip")); // → true
 */
export function decoderOf(coding: Coding): Decode {
  return DECODERS[coding];
}

/** The proof, if it is one of what our own decoder has made, and of this buffer. */
export function trustedDecoding(
  checksum: Checksum,
  coding: Coding,
  decoding: ProvenDecoding | undefined,
): ProvenDecoding | undefined {
  const isOurs = ProvenDecoding.isProvenDecoding(decoding) && decoding.decode === DECODERS[coding];
  return isOurs && decoding.checksum.equals(checksum) ? decoding : undefined;
}
