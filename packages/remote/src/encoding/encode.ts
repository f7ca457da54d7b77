import { createRequire } from "node:module";
import type { Transform } from "node:stream";
import { SeamlessError } from "@seamless/checksum";
import { nodeZlib } from "@seamless/internal/builtins";
import type { Coding } from "@seamless/store";
import { ZSTD_PACKAGE, zstdOfPackage } from "./zstd-package.ts";

/** What is known of the bytes that are to be encoded. */
interface EncodeOptions {
  /** In bytes, where it is known: zstd then writes it into its header. */
  readonly length?: number | undefined;
  /** Called when the encoded bytes are not wanted any more before their end, to wake up a source that hangs. */
  readonly onStop?: (() => void) | undefined;
}

/** Encodes chunks in constant memory, as one member or frame. Done with a chunk when it asks for the next. */
export type Encoder = (source: AsyncIterable<Uint8Array>, options?: EncodeOptions) => AsyncIterable<Uint8Array>;

/** Levels that a coding has, and the one that its command takes. */
export const LEVELS: Readonly<Record<Coding, { readonly most: number; readonly usual: number }>> = {
  gzip: { most: 9, usual: 6 },
  // Beyond, a decoder needs more memory than those of browsers give it.
  zstd: { most: 19, usual: 3 },
};

/** Node has zstd from 22.15 on; the types that the package is built with are of Node 20. */
interface ZlibOfLaterNodes {
  readonly createZstdCompress?: (options: ZstdOptions) => Transform;
  readonly constants: Readonly<Record<"ZSTD_c_compressionLevel" | "ZSTD_c_checksumFlag", number>>;
}
const zstdOfNode = () => nodeZlib() as unknown as ZlibOfLaterNodes;

interface ZstdOptions {
  readonly params: Readonly<Record<number, number>>;
  readonly pledgedSrcSize?: number;
  readonly chunkSize: number;
}

/** Of what comes out at once, in bytes: the usual 16 KiB would be sixty turns of the event loop for a mebibyte. */
const CHUNK = 2 ** 18;

const ENCODERS: Readonly<Record<Coding, (level: number) => Encoder>> = {
  gzip: (level) => through(() => nodeZlib().createGzip({ level, chunkSize: CHUNK })),
  zstd(level) {
    const { createZstdCompress, constants } = zstdOfNode();
    if (createZstdCompress === undefined) return zstdOfPackage(level);
    const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 };
    return through((length) =>
      createZstdCompress({ params, chunkSize: CHUNK, ...(length !== undefined && { pledgedSrcSize: length }) }),
    );
  },
};

/**
 * @param level - One of `LEVELS`.
 * @throws {SeamlessError} `UNSUPPORTED` for zstd in a Node before 22.15, without the package that it takes there.
 */
export function createEncoder(coding: Coding, level: number): Encoder {
  if (coding === "zstd" && zstdOfNode().createZstdCompress === undefined) requirePackage();
  return ENCODERS[coding](level);
}

function requirePackage(): void {
  try {
    // Under another name: webpack would look into a `createRequire(import.meta.url)`, and warn of what it cannot find.
    const makeRequire = createRequire;
    makeRequire(import.meta.url).resolve(ZSTD_PACKAGE);
  } catch (cause) {
    const what = `writing zstd takes Node 22.15 or newer, or the package "${ZSTD_PACKAGE}": install it, or use gzip`;
    throw new SeamlessError("UNSUPPORTED", what, { cause });
  }
}

function through(create: (length: number | undefined) => Transform): Encoder {
  return async function* (source, { length, onStop } = {}) {
    const transform = create(length);
    const feeding = feed(source, transform);
    // What goes wrong comes out of the transform, too.
    feeding.catch(() => undefined);
    let finished = false;
    try {
      yield* transform as AsyncIterable<Uint8Array>;
      await feeding;
      finished = true;
    } catch (error) {
      await feeding;
      throw error;
    } finally {
      if (!finished) {
        onStop?.();
        transform.destroy();
        await feeding.catch(() => undefined);
      }
    }
  };
}

/** One chunk at a time: its memory may be used again once the next one is asked for. */
async function feed(source: AsyncIterable<Uint8Array>, transform: Transform): Promise<void> {
  try {
    for await (const chunk of source) await write(transform, chunk);
    transform.end();
  } catch (error) {
    transform.destroy(error instanceof Error ? error : new Error("the source has failed"));
    throw error;
  }
}

/** Resolves when all of a chunk is taken in. */
function write(transform: Transform, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error("nothing more is wanted"));
    transform.once("close", onClose);
    transform.write(chunk, (error) => {
      transform.off("close", onClose);
      if (error) reject(error);
      else resolve();
    });
  });
}
