import { gunzipSync } from "node:zlib";
import { Checksum, SeamlessError } from "@seamless/checksum";
import { concatBytes } from "@seamless/internal/bytes";
import { chunkStream, memoryStore, mismatchError, requireWritable, type Store } from "../../src/index.ts";

/** What lies in a store that keeps gzip as it comes, by hex. */
export interface GzipContents {
  /** Read first. */
  readonly contents: Map<string, Uint8Array>;
  readonly files: Map<string, Uint8Array>;
}

export type GzipStore = Store & Required<Pick<Store, "getEncoded" | "putEncoded" | "delete" | "list">>;

/** The plainest store that keeps encodings: for tests of the suite that stores are held to. */
export function gzipStore({ contents, files }: GzipContents, writable = true): GzipStore {
  const plain = memoryStore({ contents, writable });

  /** @throws {SeamlessError} for a file that is wrong. */
  const decoded = (checksum: Checksum) => {
    const file = contents.has(checksum.hex()) ? undefined : files.get(checksum.hex());
    return file && gunzip(checksum, file, plain.name);
  };
  const isRight = (checksum: Checksum) => {
    try {
      const bytes = contents.get(checksum.hex()) ?? decoded(checksum);
      return bytes !== undefined && Checksum.of(bytes).equals(checksum);
    } catch {
      return false;
    }
  };
  /** A store of one buffer. */
  const alone = (checksum: Checksum, bytes: Uint8Array) =>
    memoryStore({ contents: new Map([[checksum.hex(), bytes]]), writable: false });

  const store: GzipStore = {
    ...plain,

    async has(checksums, options) {
      const there = await plain.has(checksums, options);
      return checksums.map((checksum, i) => there[i]! || files.has(checksum.hex()));
    },

    async lengths(checksums, options) {
      const lengths = await plain.lengths(checksums, options);
      return checksums.map((checksum, i) => lengths[i] ?? decoded(checksum)?.byteLength);
    },

    async get(checksum, options) {
      options?.signal?.throwIfAborted();
      const bytes = decoded(checksum);
      return bytes === undefined ? plain.get(checksum, options) : alone(checksum, bytes).get(checksum, options);
    },

    async getStream(checksum, options) {
      options?.signal?.throwIfAborted();
      if (contents.has(checksum.hex()) || !files.has(checksum.hex())) return plain.getStream(checksum, options);
      try {
        return await alone(checksum, decoded(checksum)!).getStream(checksum, options);
      } catch (error) {
        return new ReadableStream({ pull: (controller) => controller.error(error) });
      }
    },

    async put(checksum, bytes, options) {
      if (files.has(checksum.hex()) && isRight(checksum) && Checksum.of(bytes).equals(checksum)) return;
      await plain.put(checksum, bytes, options);
    },

    async *list(options) {
      yield* plain.list!(options);
      for (const hex of files.keys()) if (!contents.has(hex)) yield { checksum: new Checksum(hex), length: undefined };
    },

    async delete(checksum, options) {
      const was = await plain.delete!(checksum, options);
      return files.delete(checksum.hex()) || was;
    },

    async getEncoded(checksum, accept, options) {
      options?.signal?.throwIfAborted();
      const file = contents.has(checksum.hex()) ? undefined : files.get(checksum.hex());
      if (file === undefined || !accept.includes("gzip")) return undefined;
      const chunks = async function* () {
        gunzip(checksum, file, plain.name);
        for (let at = 0; at < file.byteLength; at += 100_000) yield file.slice(at, at + 100_000);
      };
      return { coding: "gzip", length: file.byteLength, stream: chunkStream(chunks(), { signal: options?.signal }) };
    },

    async putEncoded(checksum, coding, chunks, { signal, maxDecodedBytes = 2 ** 30 } = {}) {
      signal?.throwIfAborted();
      requireWritable(store, checksum);
      if (coding !== "gzip") throw new SeamlessError("UNSUPPORTED", "only gzip is kept");
      if (isRight(checksum)) return;
      const file = await collect(chunks, signal);
      if (gunzip(checksum, file, "the body").byteLength > maxDecodedBytes) throw new SeamlessError("TOO_LARGE", "much");
      files.set(checksum.hex(), file);
      contents.delete(checksum.hex());
    },
  };
  return store;
}

/** @throws {SeamlessError} `STORE_FAILED`, `CHECKSUM_MISMATCH`. */
export function gunzip(checksum: Checksum, file: Uint8Array, store: string): Uint8Array {
  const bytes = undo(file, store);
  const found = Checksum.of(bytes);
  if (!found.equals(checksum)) throw mismatchError(checksum, found, { store });
  return bytes;
}

function undo(file: Uint8Array, store: string): Uint8Array {
  try {
    const found = gunzipSync(file, { info: true } as never) as unknown as {
      readonly buffer: Uint8Array;
      readonly engine: { readonly bytesWritten: number };
    };
    if (found.engine.bytesWritten === file.byteLength) return new Uint8Array(found.buffer);
  } catch (cause) {
    throw new SeamlessError("STORE_FAILED", "it cannot be decoded", { store, cause });
  }
  throw new SeamlessError("STORE_FAILED", "something follows its end", { store });
}

/** All chunks, in memory of their own; gives up with the signal's reason. */
export async function collect(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  const aborted = new Promise<never>((_, reject) =>
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
  const iterator = source[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([iterator.next(), aborted]);
    if (next.done) return concatBytes(all);
    all.push(next.value.slice());
  }
}
