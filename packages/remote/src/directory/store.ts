import { type AbortOptions, asBytes, type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { mapParallel } from "@seamless/internal/parallel";
import { describe, showPath } from "@seamless/internal/text";
import { requireWritable, withProofs } from "@seamless/store";
import { FOREIGN_LIMITS } from "../encoding/index.ts";
import { checkBuffers } from "./check.ts";
import { deleteBuffer } from "./delete.ts";
import { Home } from "./home.ts";
import { LAYOUTS } from "./layout.ts";
import { listBuffers } from "./list.ts";
import { Reader } from "./reader.ts";
import { asFolder, requireRoot } from "./root.ts";
import type { DirectoryStore, DirectoryStoreOptions } from "./types.ts";
import { verifyStore } from "./verify/index.ts";
import { createWaiting } from "./waiting.ts";
import { Writer } from "./writer.ts";

/** Questions about files that are under way at a time: twice as many as Node has threads for them. */
const QUESTIONS = 8;

const LOCK_TIMEOUT = 10_000;

/**
 * A folder of buffers, with the same files as a Seamless hashserver has: `ab/abcdef…`, named by the checksum, or `abcdef…`
 * where others have begun so. Many processes may read and write it at once, hashservers in Python too. What is read is
 * verified; what is written appears whole or not at all, and has reached the disk when `put` resolves.
 *
 * @param path - The folder, or a file URL. A writable store makes it at the first `put`.
 * @throws {SeamlessError} `INVALID_ARGUMENT`.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { directoryStore } from "@seamless/remote/directory";
 * const store = directoryStore("buffers");
 * const buffer = new Buffer("hello", "text");
 * await store.put(buffer.getChecksum(), buffer.content);
 * console.log(await store.lengths([buffer.getChecksum()])); // → [ 6 ]
 * console.log((await store.verify()).ok); // → true
 */
export function directoryStore(path: string | URL, options: DirectoryStoreOptions = {}): DirectoryStore {
  const { layout, writable = true, lockTimeout = LOCK_TIMEOUT } = options;
  if (layout !== undefined && !LAYOUTS.includes(layout)) {
    throw new SeamlessError("INVALID_ARGUMENT", `a layout is ${LAYOUTS.join(" or ")}, got ${describe(layout)}`);
  }
  const root = asFolder(path);
  const name = options.name ?? showPath(root);
  const home = new Home(root, name, layout);
  const waiting = createWaiting(lockTimeout, options.clock);
  const { maxDecodedBytes = FOREIGN_LIMITS.limit, maxDecodedRatio = FOREIGN_LIMITS.ratio } = options;
  const forms = { store: name, limits: { limit: maxDecodedBytes, ratio: maxDecodedRatio } };
  const reader = new Reader(home, forms, waiting);
  const writer = new Writer(home, name, reader, waiting);

  /** What is missing in a folder that is missing is not proven to be absent, unless we are the ones to make it. */
  const unlessMissing = async <T>(found: T | undefined): Promise<T | undefined> => {
    if (found === undefined && !writable) await requireRoot(root, writable);
    return found;
  };

  const lengths = async (checksums: readonly Checksum[], { signal }: AbortOptions = {}) => {
    signal?.throwIfAborted();
    let faulty = false;
    const found = await mapParallel(checksums, { limit: QUESTIONS }, async (checksum) => {
      signal?.throwIfAborted();
      try {
        return await reader.length(checksum);
      } catch (error) {
        // A file that cannot be read is one buffer that cannot be had; the others can.
        if (!isSeamlessError(error)) throw error;
        faulty = true;
        return undefined;
      }
    });
    signal?.throwIfAborted();
    if (faulty || (found.includes(undefined) && !writable)) await requireRoot(root, writable);
    return found;
  };

  const getProven = async (checksum: Checksum, asked: AbortOptions = {}) =>
    unlessMissing(await reader.get(checksum, asked));

  const store: DirectoryStore = {
    name,
    writable,
    costClass: "folder",
    path: root,
    get layout() {
      return home.layout;
    },
    lengths,

    async has(checksums, asked) {
      return (await lengths(checksums, asked)).map((length) => length !== undefined);
    },

    async get(checksum, asked) {
      return (await getProven(checksum, asked))?.expose();
    },

    async getStream(checksum, asked = {}) {
      asked.signal?.throwIfAborted();
      return unlessMissing(await reader.getStream(checksum, asked));
    },

    async put(checksum, bytes, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await writer.put(checksum, asBytes(bytes), asked);
    },

    async putStream(checksum, pieces, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await writer.putStream(checksum, pieces, asked);
    },

    async *list({ signal } = {}) {
      signal?.throwIfAborted();
      if (await requireRoot(root, writable)) yield* listBuffers(await home.forReading(), signal);
    },

    async delete(checksum, { signal } = {}) {
      signal?.throwIfAborted();
      requireWritable(store, checksum);
      return deleteBuffer(await home.forReading(), checksum.hex());
    },

    async verify(asked = {}) {
      asked.signal?.throwIfAborted();
      if (asked.quarantine === true && !writable) {
        throw new SeamlessError("READ_ONLY", `${name} is read-only: nothing can be put aside`, { store: name });
      }
      return verifyStore(await home.forReading(), forms, asked);
    },

    async check(checksums, asked = {}) {
      asked.signal?.throwIfAborted();
      const verdicts = await checkBuffers(home, reader, checksums, asked);
      if (verdicts.includes("missing") && !writable) await requireRoot(root, writable);
      return verdicts;
    },

    async close() {
      await writer.close();
    },
  };
  return withProofs(store, {
    getProven,
    async putProven(bytes, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, bytes.checksum);
      await writer.put(bytes.checksum, bytes, asked);
    },
  });
}
