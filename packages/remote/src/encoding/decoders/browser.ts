import { streamChunks } from "@seamless/store";
import type { Decoders } from "./node.ts";
import { decodeZstd } from "./zstd-wasm.ts";

export const decoders: Decoders = {
  async *gzip(source) {
    const iterator = source[Symbol.asyncIterator]();
    const encoded = new ReadableStream<BufferSource>(
      {
        async pull(controller) {
          const { done, value } = await iterator.next();
          if (done === true) controller.close();
          else controller.enqueue(value as Uint8Array<ArrayBuffer>);
        },
        async cancel() {
          await iterator.return?.();
        },
      },
      { highWaterMark: 0 },
    );
    yield* streamChunks(encoded.pipeThrough(new DecompressionStream("gzip")));
  },
  zstd: decodeZstd,
};
