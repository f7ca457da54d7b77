import { pipeline, Readable, type Transform } from "node:stream";
import zlib from "node:zlib";
import type { Decoder, Decoders } from "./types.ts";
import { wholeFrames } from "./zstd-frames.ts";
import { decodeZstd } from "./zstd-wasm.ts";

/** Node has zstd from 22.15 on; the types that the package is built with are of Node 20. */
const { createZstdDecompress } = zlib as { readonly createZstdDecompress?: () => Transform };

export const decoders: Decoders = {
  gzip: through(() => zlib.createGunzip()),
  zstd: createZstdDecompress === undefined ? decodeZstd : native(through(createZstdDecompress)),
};

function through(create: () => Transform): Decoder {
  return async function* (source) {
    const transform = create();
    // What goes wrong comes out of the transform too.
    pipeline(Readable.from(source, { objectMode: true, highWaterMark: 1 }), transform, () => {});
    // Memory of their own: zlib's pieces are parts of what it goes on writing to.
    for await (const piece of transform as AsyncIterable<Uint8Array>) yield new Uint8Array(piece);
  };
}

function native(decode: Decoder): Decoder {
  return (source) => decode(wholeFrames(source));
}
