import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type AbortOptions, asBytes, type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { absolutePath, fileError } from "@seamless/checksum/node";
import { mapParallel } from "@seamless/internal/parallel";
import { describe, showPath } from "@seamless/internal/text";
import { requireWritable, withProofs } from "@seamless/store";
import { FOREIGN_LIMITS } from "../encoding/decode.ts";
import { LAYOUTS } from "./layout.ts";
import { LayoutDetector } from "./layout-detector.ts";
import { listBuffers } from "./list.ts";
import { createLockWait } from "./other-writers.ts";
import { checkBuffers, Reader } from "./reader.ts";
import type { DirectoryStore, DirectoryStoreOptions } from "./types.ts";
import { verifyStore } from "./verify.ts";
import { deleteBuffer, Writer } from "./writer.ts";

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
  const detector = new LayoutDetector(root, name, layout);
  const wait = createLockWait(lockTimeout, options.clock);
  const { maxDecodedBytes = FOREIGN_LIMITS.limit, maxDecodedRatio = FOREIGN_LIMITS.ratio } = options;
  const forms = { store: name, limits: { limit: maxDecodedBytes, ratio: maxDecodedRatio } };
  const reader = new Reader(detector, forms, wait);
  const writer = new Writer(detector, name, reader, wait);

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
      return detector.layout;
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

    async putStream(checksum, chunks, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await writer.putStream(checksum, chunks, asked);
    },

    async *list({ signal } = {}) {
      signal?.throwIfAborted();
      if (await requireRoot(root, writable)) yield* listBuffers(await detector.forReading(), signal);
    },

    async delete(checksum, { signal } = {}) {
      signal?.throwIfAborted();
      requireWritable(store, checksum);
      return deleteBuffer(await detector.forReading(), checksum.hex());
    },

    async verify(asked = {}) {
      asked.signal?.throwIfAborted();
      if (asked.quarantine === true && !writable) {
        throw new SeamlessError("READ_ONLY", `${name} is read-only: nothing can be put aside`, { store: name });
      }
      return verifyStore(await detector.forReading(), forms, asked);
    },

    async check(checksums, asked = {}) {
      asked.signal?.throwIfAborted();
      const verdicts = await checkBuffers(detector, reader, checksums, asked);
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

/**
 * The absolute path of a folder.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` for anything but a path or a file URL; `NOT_FOUND` for a relative one if the
 * working directory was removed.
 */
export function asFolder(path: string | URL): string {
  const isUrl = path instanceof URL || (typeof path === "string" && /^file:\/\//i.test(path));
  try {
    if (isUrl) return absolutePath(fileURLToPath(path));
  } catch (cause) {
    throw new SeamlessError(
      "INVALID_ARGUMENT",
      `${showPath(String(path).replace(/[^/@]*@/, "…@"))} is no folder of this machine`,
      { cause },
    );
  }
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return absolutePath(path);
  throw new SeamlessError("INVALID_ARGUMENT", `a folder is a path or a file URL, got ${describe(path)}`);
}

/**
 * A folder that is not there has no buffers only if we are the ones to make it: else it may be a disk that is away.
 *
 * @returns whether it is there.
 * @throws {SeamlessError} `IO_ERROR` if it is not there, `NOT_A_DIRECTORY`, `PERMISSION_DENIED` and other file codes.
 */
export async function requireRoot(root: string, writable: boolean): Promise<boolean> {
  try {
    if ((await stat(root)).isDirectory()) {
      await access(root, constants.X_OK);
      return true;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(error, root, "read");
    if (writable) return false;
    throw new SeamlessError("IO_ERROR", `cannot read ${showPath(root)}: there is no such folder`, { file: root });
  }
  throw new SeamlessError("NOT_A_DIRECTORY", `cannot read ${showPath(root)}: it is not a folder`, { file: root });
}
