import { Checksum, hashInSlices, SeamlessError } from "@seamless/checksum";
import { readProven } from "@seamless/checksum/unsafe";
import { chunkStream, joinChunks, verifiedChunks, verifiedStream } from "./chunks.ts";
import { withProgress } from "./progress.ts";
import { asBytes, type ProvenMethods, proveVerified, requireOffset, requireWritable, withProofs } from "./proofs.ts";
import type { CheckResult, CostClass, Store } from "./store.ts";

/** The name, limits and contents of a store in memory. */
export interface MemoryStoreOptions {
  /**
   * For messages.
   * @default "memory"
   */
  readonly name?: string | undefined;
  /** @default true */
  readonly writable?: boolean | undefined;
  /**
   * What the cache takes its cost to be.
   * @default "local"
   */
  readonly costClass?: CostClass | undefined;
  /**
   * In bytes; what would go beyond is refused with `TOO_LARGE`.
   * @default 1 GiB
   */
  readonly maxBytes?: number | undefined;
  /**
   * Where the bytes are kept, by the hex of their checksum: for two stores on the same contents, and for tests that put
   * something wrong there. It has to hold still while another store adds to it, where `maxBytes` matters.
   * @default a map of its own
   */
  readonly contents?: Map<string, Uint8Array> | undefined;
}

/** In bytes. */
const CHUNK = 65_536;

/** When what is kept was put or touched, by whichever store on the same contents, in milliseconds since 1970. */
const TIMES = new WeakMap<Uint8Array, number>();

/**
 * A store in memory, for tests and as the plainest example of the port. Gone with the process.
 *
 * @example
 * import { Checksum } from "@seamless/checksum";
 * import { memoryStore } from "@seamless/store";
 * const store = memoryStore();
 * const bytes = new TextEncoder().encode("hello\n");
 * await store.put(Checksum.of(bytes), bytes);
 * console.log(await store.lengths([Checksum.of(bytes)])); // → [ 6 ]
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const { name = "memory", writable = true, costClass = "local", maxBytes = 2 ** 30 } = options;
  const contents = options.contents ?? new Map<string, Uint8Array>();
  const opened = Date.now();
  let total = 0;
  for (const bytes of contents.values()) total += bytes.byteLength;

  const full = (checksum: Checksum) =>
    new SeamlessError("TOO_LARGE", `${name} has no room for ${checksum.hex()}: its limit is ${maxBytes} bytes`, {
      checksum,
      store: name,
    });

  const find = (checksum: Checksum) => contents.get(checksum.hex());
  const timeOf = (bytes: Uint8Array) => TIMES.get(bytes) ?? opened;

  const touch = (checksum: Checksum) => {
    const kept = find(checksum);
    if (kept !== undefined) TIMES.set(kept, Date.now());
    return kept !== undefined;
  };

  const add = (checksum: Checksum, bytes: Uint8Array) => {
    if (touch(checksum)) return;
    if (total + bytes.byteLength > maxBytes) throw full(checksum);
    total += bytes.byteLength;
    contents.set(checksum.hex(), bytes);
    touch(checksum);
  };

  const getProven: ProvenMethods["getProven"] = async (checksum, { signal, onProgress } = {}) => {
    signal?.throwIfAborted();
    const kept = find(checksum);
    if (kept === undefined) return undefined;
    const proven = await proveVerified(checksum, kept, { signal, store: name });
    onProgress?.({ bytes: kept.byteLength, totalBytes: kept.byteLength });
    return proven;
  };

  const store: Store = {
    name,
    writable,
    costClass,
    resumes: true,

    async has(checksums, { signal } = {}) {
      signal?.throwIfAborted();
      return checksums.map((checksum) => contents.has(checksum.hex()));
    },

    async lengths(checksums, { signal } = {}) {
      signal?.throwIfAborted();
      return checksums.map((checksum) => find(checksum)?.byteLength);
    },

    async check(checksums, { signal, onProgress } = {}) {
      signal?.throwIfAborted();
      const results: CheckResult[] = [];
      let bytes = 0;
      for (const checksum of checksums) {
        const found = find(checksum);
        results.push(
          found === undefined ? "missing" : (await hashInSlices(found, { signal })).equals(checksum) ? "ok" : "corrupt",
        );
        bytes += found?.byteLength ?? 0;
        onProgress?.({ files: results.length, totalFiles: checksums.length, bytes });
      }
      return results;
    },

    async get(checksum, options) {
      return (await getProven(checksum, options))?.expose();
    },

    async getStream(checksum, { signal, onProgress, offset = 0 } = {}) {
      signal?.throwIfAborted();
      const found = find(checksum);
      if (found === undefined) return undefined;
      requireOffset(offset, found.byteLength, checksum, name);
      const chunks = withProgress(slices(found.subarray(offset)), onProgress, found.byteLength - offset);
      if (offset > 0) return chunkStream(chunks, { signal });
      return verifiedStream(checksum, chunks, { signal, store: name });
    },

    async put(checksum, bytes, { signal, onProgress } = {}) {
      signal?.throwIfAborted();
      requireWritable(store, checksum);
      const verified = await proveVerified(checksum, asBytes(bytes), { signal, store: name });
      // While it can still be refused.
      onProgress?.({ bytes: verified.length, totalBytes: verified.length });
      add(checksum, verified.expose());
    },

    async putStream(checksum, chunks, { signal, onProgress, length } = {}) {
      signal?.throwIfAborted();
      requireWritable(store, checksum);
      const verified = verifiedChunks(checksum, withProgress(chunks, onProgress, length), {
        signal,
        length,
        store: name,
      });
      // What is there already has room, and is heard to its end.
      const room = find(checksum)?.byteLength ?? maxBytes - total;
      add(checksum, await joinChunks(verified, room, () => full(checksum)));
    },

    async *list({ signal } = {}) {
      for (const [hex, bytes] of contents) {
        signal?.throwIfAborted();
        yield { checksum: new Checksum(hex), length: bytes.byteLength, modified: timeOf(bytes) };
      }
    },

    async delete(checksum, { signal, minAge = 0 } = {}) {
      signal?.throwIfAborted();
      requireWritable(store, checksum);
      const kept = find(checksum);
      if (kept === undefined || Date.now() - timeOf(kept) < minAge) return false;
      total -= kept.byteLength;
      return contents.delete(checksum.hex());
    },

    async touch(checksums, { signal } = {}) {
      signal?.throwIfAborted();
      for (const checksum of checksums) requireWritable(store, checksum);
      return checksums.map(touch);
    },
  };
  return withProofs(store, {
    getProven,
    async putProven(bytes, options) {
      // What is hashed is the copy.
      if (!contents.has(bytes.checksum.hex())) return store.put(bytes.checksum, readProven(bytes), options);
      options?.signal?.throwIfAborted();
      requireWritable(store, bytes.checksum);
      touch(bytes.checksum);
    },
  });
}

/** Copies, since the store's own bytes are not the reader's to change. */
async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += CHUNK) yield new Uint8Array(bytes.subarray(at, at + CHUNK));
}
