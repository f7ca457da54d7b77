import type { Encoder } from "./encode.ts";

/** What encodes zstd in a Node that cannot: zstd itself, compiled to WebAssembly, without scripts that run at its installation. */
export const ZSTD_PACKAGE = "@hpcc-js/wasm-zstd";

/** What we use of the package. */
interface Zstd {
  reset(): void;
  setCompressionLevel(level: number): void;
  compressChunk(bytes: Uint8Array): Uint8Array;
  compressEnd(): Uint8Array;
}

/** The state of a stream, in the memory of the module. */
interface State {
  delete(): void;
}

interface Package {
  readonly Zstd: { load(): Promise<Zstd & { readonly _zstdClass: new () => State }> };
}

/** In bytes: some milliseconds of work, which nothing else can do meanwhile. */
const SLICE = 2 ** 17;

/** zstd by the package, which need not be there; not a literal, so that bundlers leave it alone. */
export function zstdOfPackage(level: number): Encoder {
  return async function* (source) {
    const { Zstd } = (await import(/* webpackIgnore: true */ /* @vite-ignore */ ZSTD_PACKAGE)) as Package;
    const shared = await Zstd.load();
    // The package has one state for all streams; each of ours has its own.
    const state = new shared._zstdClass();
    const zstd: Zstd = Object.create(shared, { _zstd: { value: state } });
    try {
      zstd.reset();
      zstd.setCompressionLevel(level);
      for await (const chunk of source) {
        for (let at = 0; at < chunk.byteLength; at += SLICE) {
          const encoded = zstd.compressChunk(chunk.subarray(at, at + SLICE));
          if (encoded.byteLength > 0) yield encoded;
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      yield zstd.compressEnd();
    } finally {
      state.delete();
    }
  };
}
