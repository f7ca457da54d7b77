// zstd's own decoder, compiled to WebAssembly, where the platform has none. The wrapper of `zstddec` keeps one instance
// for all, never frees what a stream that breaks off has taken, and runs forever on wrong bytes: so only the compiled module
// is taken from it, and each stream gets an instance of its own, which the garbage collector takes with everything in it.

/** What the module exports; sizes and pointers are 32 bits. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  malloc(size: number): number;
  ZSTD_createDCtx(): number;
  ZSTD_DStreamInSize(): number;
  ZSTD_DStreamOutSize(): number;
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** The compiled module, by way of the hook that the wrapper calls with it. */
function compile(): Promise<WebAssembly.Module> {
  compiled ??= (async () => {
    // 60 kB, for those who meet zstd at all.
    const { ZSTDDecoder } = await import("zstddec/stream");
    let module: WebAssembly.Module | undefined;
    class Hook extends ZSTDDecoder {
      override _init = (result: WebAssembly.WebAssemblyInstantiatedSource) => {
        module = result.module;
      };
    }
    await new Hook().init();
    if (module === undefined) throw new Error("zstddec has no module");
    return module;
  })();
  return compiled;
}

/** Results of zstd from here on are error codes (zstd_errors.h: at most 120 of them, as negative sizes). */
const FIRST_ERROR = 2 ** 32 - 120;

/** Decode zstd frames (RFC 8878), one after the other, as they come. */
export async function* decodeZstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const env = { emscripten_notify_memory_growth() {} };
  const { exports } = await WebAssembly.instantiate(await compile(), { env });
  const zstd = exports as unknown as Exports;
  const context = zstd.ZSTD_createDCtx();
  const [inSize, outSize] = [zstd.ZSTD_DStreamInSize(), zstd.ZSTD_DStreamOutSize()];
  const [inMemory, outMemory] = [zstd.malloc(inSize), zstd.malloc(outSize)];
  // ZSTD_inBuffer and ZSTD_outBuffer: pointer, size, position.
  const [input, output] = [zstd.malloc(12), zstd.malloc(12)];
  // The memory may grow at any call, and its buffer is another one then.
  const heap = () => new Uint8Array(zstd.memory.buffer);
  const set = (struct: number, pointer: number, size: number) =>
    new Uint32Array(zstd.memory.buffer, struct, 3).set([pointer, size, 0]);
  const position = (struct: number) => new Uint32Array(zstd.memory.buffer, struct, 3)[2] ?? 0;

  let hint = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.byteLength; at += inSize) {
      const slice = chunk.subarray(at, at + inSize);
      heap().set(slice, inMemory);
      set(input, inMemory, slice.byteLength);
      // Once all is taken in, a full output means that there is more to come out, unless the frame is at its end.
      for (let full = true; full || position(input) < slice.byteLength; ) {
        set(output, outMemory, outSize);
        hint = zstd.ZSTD_decompressStream(context, output, input) >>> 0;
        if (hint >= FIRST_ERROR) throw new Error(`zstd error ${2 ** 32 - hint}`);
        const length = position(output);
        if (length > 0) yield heap().slice(outMemory, outMemory + length);
        full = length === outSize && hint !== 0;
      }
    }
  }
  if (hint !== 0) throw new Error("unexpected end");
}
