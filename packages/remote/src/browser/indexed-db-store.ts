import { Checksum, type ProvenBytes, SeamlessError } from "@seamless/checksum";
import { proveOwned, proveOwnedInSlices, readProven } from "@seamless/checksum/unsafe";
import { optionChecks } from "@seamless/internal/option-checks";
import {
  type CheckResult,
  chunkStream,
  proveVerified,
  requireOffset,
  requireWritable,
  type Store,
  type TransferOptions,
  verifiedChunks,
  verifiedStream,
  withProgress,
  withProofs,
} from "@seamless/store";
import { asBytes, requireProofOf } from "../bytes.ts";
import { AccessTimes } from "./access-times.ts";
import { Connection } from "./connection.ts";
import { Database } from "./database.ts";
import { Files } from "./files.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** Limits of a store in the browser. */
export interface IndexedDbStoreOptions {
  /**
   * What all buffers may have together, in bytes; beyond, those go that were used least recently. The browser may grant less.
   * @default 1 GiB
   */
  readonly maxBytes?: number | undefined;
  /**
   * Whether buffers over 1 MiB become files of the origin private file system, where the browser has it; else they are blobs in
   * the database. What is there is read either way.
   * @default true
   */
  readonly opfs?: boolean | undefined;
  /** @default true */
  readonly writable?: boolean | undefined;
  /**
   * How long opening the database may take, which another page may delete or upgrade just then, in milliseconds.
   * @default 10,000
   */
  readonly openTimeout?: number | undefined;
}

/** Hashed without waiting for another turn, in bytes: each answer of the database is a turn of its own already. */
const AT_ONCE = 16_384;

const checks = optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

/**
 * Buffers that a browser keeps, for pages, workers and service workers, online or not. A cache: over the cap, what was used
 * least recently goes, and the browser, or the user, may clear all of it. Many tabs may use it at once. Where there is no
 * IndexedDB, as in Node and in some private windows, its methods reject with `UNSUPPORTED`.
 *
 * @param name - Of the database, one for each set of buffers.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for a wrong option.
 *
 * @example
 * import { hashserverStore } from "@seamless/remote/hashserver";
 * import { indexedDbStore } from "@seamless/remote/browser";
 * import { tieredStore } from "@seamless/remote/tiered";
 * const store = tieredStore([indexedDbStore(), hashserverStore("http://localhost:8000", { writable: false })]);
 * console.log(indexedDbStore("results", { maxBytes: 100_000_000 }).name); // → indexeddb:results
 */
export function indexedDbStore(
  name = "seamless-buffers",
  options: IndexedDbStoreOptions = {},
): Store & AsyncDisposable {
  if (checks.text("name", name) === "") checks.fail("name", "a text that is not empty", name);
  const maxBytes = checks.bytes("maxBytes", options.maxBytes ?? 2 ** 30);
  const opfs = checks.boolean("opfs", options.opfs ?? true);
  const writable = checks.boolean("writable", options.writable ?? true);
  const openTimeout = checks.positiveDuration("openTimeout", options.openTimeout ?? 10_000);

  const label = `indexeddb:${name.replace(/\s+/g, " ")}`;
  const connection = new Connection(name, label, openTimeout);
  const database = new Database(connection);
  const files = new Files(name);
  const times = new AccessTimes(database);
  const reader = new Reader(label, writable, database, files, times);
  const writer = new Writer(label, { maxBytes, opfs }, database, files, times, reader);

  const getProven = async (checksum: Checksum, { signal, onProgress }: TransferOptions = {}) => {
    signal?.throwIfAborted();
    const found = await reader.find(checksum, signal);
    const bytes = found && (await reader.read(checksum, found));
    signal?.throwIfAborted();
    if (bytes === undefined) return undefined;
    const hashed = bytes.byteLength > AT_ONCE ? await proveOwnedInSlices(bytes, { signal }) : proveOwned(bytes);
    const proven = requireProofOf(checksum, hashed, label);
    onProgress?.({ bytes: proven.length, totalBytes: proven.length });
    return proven;
  };

  const put = async (proven: ProvenBytes, { signal, onProgress }: TransferOptions) => {
    // While it can still be refused.
    onProgress?.({ bytes: proven.length, totalBytes: proven.length });
    await writer.put(proven.checksum, readProven(proven), signal);
  };

  const close = async () => {
    await times.note();
    await connection.close();
  };

  const store: Store & AsyncDisposable = {
    name: label,
    writable,
    costClass: "folder",
    resumes: true,

    async has(checksums, asked) {
      return (await store.lengths(checksums, asked)).map((length) => length !== undefined);
    },

    async lengths(checksums, { signal } = {}) {
      signal?.throwIfAborted();
      const entries = await database.entries(
        checksums.map((checksum) => checksum.hex()),
        signal,
      );
      return entries.map((entry) => entry?.length);
    },

    async get(checksum, asked) {
      return (await getProven(checksum, asked))?.expose();
    },

    async getStream(checksum, { signal, onProgress, offset = 0, chunkSize } = {}) {
      signal?.throwIfAborted();
      const found = await reader.find(checksum, signal);
      if (found === undefined) return undefined;
      const { length, release: onEnd } = found;
      try {
        requireOffset(offset, length, checksum, label);
        signal?.throwIfAborted();
      } catch (error) {
        onEnd();
        throw error;
      }
      const read = reader.chunks(checksum, found, offset, chunkSize);
      const chunks = withProgress(read, onProgress, length - offset);
      if (offset > 0) return chunkStream(chunks, { signal, onEnd });
      return verifiedStream(checksum, chunks, { signal, store: label, onEnd });
    },

    async put(checksum, bytes, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await put(await proveVerified(checksum, asBytes(bytes), { signal: asked.signal, store: label }), asked);
    },

    async putStream(checksum, chunks, { signal, onProgress, length } = {}) {
      signal?.throwIfAborted();
      requireWritable(store, checksum);
      const counted = withProgress(chunks, onProgress, length);
      const verified = verifiedChunks(checksum, counted, { signal, length, store: label });
      await writer.put(checksum, await writer.collect(checksum, verified), signal);
    },

    async check(checksums, { signal, onProgress } = {}) {
      signal?.throwIfAborted();
      const results: CheckResult[] = [];
      let bytes = 0;
      for (const checksum of checksums) {
        const { result, length } = await reader.check(checksum, signal);
        results.push(result);
        bytes += length;
        onProgress?.({ files: results.length, totalFiles: checksums.length, bytes });
      }
      return results;
    },

    async *list({ signal } = {}) {
      signal?.throwIfAborted();
      let page = await database.page("", signal);
      while (page.length > 0) {
        for (const { hex, length, put } of page) {
          signal?.throwIfAborted();
          yield { checksum: new Checksum(hex), length, modified: put };
        }
        page = await database.page(page.at(-1)!.hex, signal);
      }
    },

    async delete(checksum, { signal, minAge } = {}) {
      signal?.throwIfAborted();
      requireWritable(store, checksum);
      return writer.delete(checksum, minAge);
    },

    async touch(checksums, { signal } = {}) {
      signal?.throwIfAborted();
      if (!writable)
        throw new SeamlessError("READ_ONLY", `${label} is read-only: nothing is touched`, { store: label });
      return writer.touch(checksums, signal);
    },

    close,
    [Symbol.asyncDispose]: close,
  };
  return withProofs(store, {
    getProven,
    async putProven(bytes, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, bytes.checksum);
      // What is hashed is the copy: what becomes of the proof does not matter then.
      await put(await proveVerified(bytes.checksum, readProven(bytes), { signal: asked.signal, store: label }), asked);
    },
  });
}
