import { requireWritable, type StoreOptions } from "@seamless/cache";
import { asBytes, type Checksum, describe, SeamlessError } from "@seamless/checksum";
import { showPath } from "@seamless/checksum/node";
import { inParallel } from "../parallel.ts";
import { checkBuffers } from "./check.ts";
import { deleteBuffer } from "./delete.ts";
import { LAYOUTS, type Place } from "./layout.ts";
import { listBuffers } from "./list.ts";
import { Reader } from "./reader.ts";
import { asFolder, requireRoot } from "./root.ts";
import type { DirectoryStore, DirectoryStoreOptions } from "./types.ts";
import { verifyStore } from "./verify/index.ts";
import { Writer } from "./writer.ts";

/** Questions about files that are under way at a time: twice as many as Node has threads for them. */
const QUESTIONS = 8;

const LOCK_TIMEOUT = 10_000;

/**
 * A folder of buffers, with the same files as a Seamless hashserver has: `ab/abcdef…`, named by the checksum. Many
 * processes may read and write it at once. What is read is verified; what is written appears whole or not at all, and has
 * reached the disk when `put` resolves.
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
  const { layout = "prefix", writable = true, lockTimeout = LOCK_TIMEOUT } = options;
  if (!LAYOUTS.includes(layout)) {
    throw new SeamlessError("INVALID_ARGUMENT", `a layout is ${LAYOUTS.join(" or ")}, got ${describe(layout)}`);
  }
  const root = asFolder(path);
  const name = options.name ?? showPath(root);
  const place: Place = { root, layout };
  const reader = new Reader(place, { name, lockTimeout });
  const writer = new Writer(place, name, reader);

  /** What is missing in a folder that is missing is not proven to be absent, unless we are the ones to make it. */
  const unlessMissing = async <T>(found: T | undefined): Promise<T | undefined> => {
    if (found === undefined && !writable) await requireRoot(root, writable);
    return found;
  };

  const lengths = async (checksums: readonly Checksum[], { signal }: StoreOptions = {}) => {
    signal?.throwIfAborted();
    const found = await inParallel(checksums, QUESTIONS, (checksum) => {
      signal?.throwIfAborted();
      return reader.length(checksum);
    });
    signal?.throwIfAborted();
    if (found.includes(undefined) && !writable) await requireRoot(root, writable);
    return found;
  };

  const store: DirectoryStore = {
    name,
    writable,
    costClass: "folder",
    path: root,
    layout,
    lengths,

    async has(checksums, asked) {
      return (await lengths(checksums, asked)).map((length) => length !== undefined);
    },

    async get(checksum, asked = {}) {
      return unlessMissing(await reader.get(checksum, asked));
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
      if (await requireRoot(root, writable)) yield* listBuffers(place, signal);
    },

    async delete(checksum, { signal } = {}) {
      signal?.throwIfAborted();
      requireWritable(store, checksum);
      return deleteBuffer(place, checksum.hex());
    },

    async verify(asked = {}) {
      asked.signal?.throwIfAborted();
      if (asked.quarantine === true && !writable) {
        throw new SeamlessError("READ_ONLY", `${name} is read-only: nothing can be put aside`, { store: name });
      }
      return verifyStore(place, name, asked);
    },

    async check(checksums, asked = {}) {
      asked.signal?.throwIfAborted();
      const verdicts = await checkBuffers(place, reader, checksums, asked);
      if (verdicts.includes("missing") && !writable) await requireRoot(root, writable);
      return verdicts;
    },

    async close() {
      await writer.close();
    },
  };
  return store;
}
