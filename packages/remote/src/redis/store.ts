import type { AbortOptions, Checksum } from "@seamless/checksum";
import {
  type DeleteOptions,
  type ListedBuffer,
  reportProgress,
  requireWritable,
  type Store,
  type TransferOptions,
  withProofs,
} from "@seamless/store";
import { asBytes } from "../bytes.ts";
import { Connection } from "./connection.ts";
import { Download } from "./download.ts";
import { List } from "./list.ts";
import { type RedisStoreOptions, readRedisSettings } from "./options.ts";
import { Upload } from "./upload.ts";
import { Values } from "./values.ts";

/** Buffers on a Redis or Valkey server, or on a cluster of them. */
export interface RedisStore extends Store {
  list(options?: AbortOptions): AsyncIterable<ListedBuffer>;
  delete(checksum: Checksum, options?: DeleteOptions): Promise<boolean>;
  /**
   * Makes buffers as young as if they had been put now, for a `delete` with `minAge`, and has the server keep them for another
   * `ttl`. Times are those of the clients.
   *
   * @throws {SeamlessError} `READ_ONLY`; `DISK_FULL` of a server that takes nothing.
   */
  touch(checksums: readonly Checksum[], options?: AbortOptions): Promise<boolean[]>;
  /** Ends the connection, unless it was given; what is under way is rejected. */
  close(): Promise<void>;
  /** Calls `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Buffers on a Redis or Valkey server, or on a cluster of them: a fast tier that many machines share. What the server lets
 * go of (`ttl`, `maxmemory`) is missing, and never given out in part. Needs the package `redis`, which is loaded, and
 * connects, when the first question is asked.
 *
 * @param server - `redis://` or `rediss://` (TLS), `user:password@host:port/database`; or options, with a URL or a client.
 * @throws {SeamlessError} `INVALID_ARGUMENT`. All methods: `STORE_FAILED` where there is no answer, or none that makes sense,
 *   after a bounded time; `ACCESS_DENIED` for a wrong password; `DISK_FULL` where the memory of the server is full;
 *   `READ_ONLY` of a replica; `UNSUPPORTED` without the package.
 *
 * @example
 * import { redisStore } from "@seamless/remote/redis";
 * const store = redisStore({ url: "redis://user:secret@localhost:6379", ttl: 3_600_000 });
 * console.log(store.name); // → redis://localhost:6379
 * await store.close();
 */
export function redisStore(server: string | URL | RedisStoreOptions): RedisStore {
  const settings = readRedisSettings(server);
  const { name, writable, costClass } = settings;
  const connection = new Connection(settings);
  const values = new Values(connection, settings);
  const download = new Download(values, settings);
  const upload = new Upload(values, settings);
  const list = new List(connection, values, settings);

  const getProven = async (checksum: Checksum, asked: TransferOptions = {}) => {
    asked.signal?.throwIfAborted();
    return reportProgress(asked, (asked) => download.get(checksum, asked));
  };

  const store: RedisStore = {
    name,
    writable,
    costClass,
    resumes: true,

    async has(checksums, asked = {}) {
      asked.signal?.throwIfAborted();
      const heads = await values.each(checksums, (checksum) => values.head("look for", checksum, asked));
      return heads.map((head) => head !== undefined);
    },

    async lengths(checksums, asked = {}) {
      asked.signal?.throwIfAborted();
      return values.each(checksums, async (checksum) => (await values.head("look for", checksum, asked))?.length);
    },

    async get(checksum, asked) {
      return (await getProven(checksum, asked))?.expose();
    },

    async getStream(checksum, asked = {}) {
      asked.signal?.throwIfAborted();
      return download.getStream(checksum, asked);
    },

    async put(checksum, bytes, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await reportProgress(asked, (asked) => upload.put(checksum, asBytes(bytes), asked));
    },

    async putStream(checksum, chunks, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      const { length } = asked;
      await reportProgress(asked, (asked) => upload.putStream(checksum, chunks, { ...asked, length }));
    },

    list: (asked = {}) => list.buffers(asked),

    async delete(checksum, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      return values.swap("delete", checksum, "", asked, asked.minAge);
    },

    async touch(checksums, asked = {}) {
      asked.signal?.throwIfAborted();
      for (const checksum of checksums) requireWritable(store, checksum);
      return values.each(checksums, (checksum) => values.touch(checksum, asked));
    },

    close: () => connection.close(),

    [Symbol.asyncDispose]: () => store.close(),
  };
  return withProofs(store, {
    getProven,
    async putProven(bytes, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, bytes.checksum);
      await reportProgress(asked, (asked) => upload.putProven(bytes, asked));
    },
  });
}
