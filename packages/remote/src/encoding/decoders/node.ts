import type { Transform } from "node:stream";
import { nodeStream, nodeZlib } from "@seamless/internal/builtins";
import { littleEndian } from "@seamless/internal/bytes";
import type { Coding } from "@seamless/store";
import { decodeZstd } from "./zstd-wasm.ts";

/** Decodes chunks in constant memory. Throws what the source throws, and errors of its own. */
export type Decoder = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** One decoder for each coding. Node and browsers have different ones: package.json chooses `#decoders` by export condition. */
export type Decoders = Readonly<Record<Coding, Decoder>>;

export const decoders: Decoders = {
  gzip: through(() => nodeZlib().createGunzip()),
  zstd: (source) => zstdDecoder()(source),
};

/** Node has zstd from 22.15 on; the types that the package is built with are of Node 20. */
function zstdDecoder(): Decoder {
  const { createZstdDecompress } = nodeZlib() as { readonly createZstdDecompress?: () => Transform };
  return createZstdDecompress === undefined ? decodeZstd : native(through(createZstdDecompress));
}

function through(create: () => Transform): Decoder {
  return async function* (source) {
    const { pipeline, Readable } = nodeStream();
    const transform = create();
    // What goes wrong comes out of the transform too.
    pipeline(Readable.from(source, { objectMode: true, highWaterMark: 1 }), transform, () => {});
    // Memory of their own: zlib's chunks are parts of what it goes on writing to.
    for await (const chunk of transform as AsyncIterable<Uint8Array>) yield new Uint8Array(chunk);
  };
}

function native(decode: Decoder): Decoder {
  return (source) => decode(wholeFrames(source));
}

// Node's decoder ends without a word where the first frame does, if more comes in the same chunk, and where the bytes do, if
// that is within a frame. So it is shown where frames end, which their headers tell (RFC 8878, section 3.1).

const FRAME = 0xfd2fb528;

/** A frame without content; its last four bits are free. */
const SKIPPABLE = 0x184d2a50;

/** Type of a block that is one byte, many times. */
const REPEATED = 1;

/** So many bytes are wanted, or are of no interest; or a frame has ended. */
type Step = { readonly take: number } | { readonly pass: number } | "end";

function* steps(): Generator<Step, never, Uint8Array> {
  for (;;) {
    const magic = littleEndian(yield { take: 4 });
    if (magic === FRAME) yield* insideFrame();
    else if (magic - (magic % 16) === SKIPPABLE) yield { pass: littleEndian(yield { take: 4 }) };
    else throw new Error("no zstd frame");
    yield "end";
  }
}

function* insideFrame(): Generator<Step, void, Uint8Array> {
  const descriptor = littleEndian(yield { take: 1 });
  // In one segment: the length of the content, never left out then, is the size of the window, too.
  const single = (descriptor >> 5) & 1;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const length = [single, 2, 4, 8][descriptor >> 6] ?? 0;
  yield { pass: 1 - single + dictionary + length };
  for (let last = false; !last; ) {
    const block = littleEndian(yield { take: 3 });
    last = (block & 1) === 1;
    yield { pass: ((block >> 1) & 3) === REPEATED ? 1 : block >> 3 };
  }
  const checksum = (descriptor >> 2) & 1;
  yield { pass: 4 * checksum };
}

/** Finds the ends of frames in bytes that come in chunks. */
class FrameWalk {
  readonly #steps = steps();
  #step: Step = this.#steps.next().value;
  #taken: number[] = [];
  #passed = 0;
  /** Is it in the middle of a frame? */
  inside = false;

  /** @returns where the first frame ends that ends in this chunk, from an offset on; or where the chunk does. */
  next(chunk: Uint8Array, at: number): number {
    this.inside = true;
    while (this.#step !== "end") {
      if ("take" in this.#step) {
        while (at < chunk.byteLength && this.#taken.length < this.#step.take) this.#taken.push(chunk[at++]!);
        if (this.#taken.length < this.#step.take) return at;
      } else {
        const passed = Math.min(this.#step.pass - this.#passed, chunk.byteLength - at);
        at += passed;
        this.#passed += passed;
        if (this.#passed < this.#step.pass) return at;
      }
      this.#advance();
    }
    this.#advance();
    this.inside = false;
    return at;
  }

  #advance(): void {
    this.#step = this.#steps.next(Uint8Array.from(this.#taken)).value;
    this.#taken = [];
    this.#passed = 0;
  }
}

/**
 * The same bytes, in chunks none of which goes beyond the end of a frame.
 *
 * @throws {Error} if they end within a frame, or if something else comes between frames.
 */
export async function* wholeFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const walk = new FrameWalk();
  for await (const chunk of source) {
    for (let at = 0; at < chunk.byteLength; ) {
      const end = walk.next(chunk, at);
      yield chunk.subarray(at, end);
      at = end;
    }
  }
  if (walk.inside) throw new Error("unexpected end");
}
