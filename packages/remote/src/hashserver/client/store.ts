import type { AbortOptions, Checksum } from "@seamless/checksum";
import {
  type CheckOptions,
  type CheckResult,
  reportProgress,
  requireWritable,
  type Store,
  type TransferOptions,
  withProofs,
} from "@seamless/store";
import { asBytes } from "../../bytes.ts";
import { unexpectedStatusError } from "../../http-client/answers.ts";
import { Connection } from "../../http-client/connection.ts";
import { PATHS } from "../protocol.ts";
import { Download } from "./download.ts";
import { Housekeeping } from "./housekeeping.ts";
import { Check, Lookup } from "./lookup.ts";
import { type HashserverStoreOptions, readSettings } from "./options.ts";
import { Proof, Upload } from "./upload.ts";

/** A hashserver somewhere. */
export interface HashserverStore extends Store {
  /**
   * Announce an upload: until it has come, or the promise ends, others who ask for the buffer wait for it.
   *
   * @returns how long the server keeps the promise, in milliseconds.
   */
  promise(checksum: Checksum, options?: AbortOptions): Promise<number>;
  /** @throws {SeamlessError} `STORE_FAILED` if the server does not answer that it is well. */
  checkHealth(options?: AbortOptions): Promise<void>;
  /** Of a server that does not hash what it has (one in Python, an older one), and in browsers, all are `unknown`. */
  check(checksums: readonly Checksum[], options?: CheckOptions): Promise<CheckResult[]>;
  close(): Promise<void>;
  /** Calls `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Buffers of a Seamless hashserver. Nothing is sent before the first question. `has` and `lengths` tell what the server has
 * stored, not what was promised to it (older servers, which do not tell lengths, make no difference in `has`); `put`
 * resolves when the server has the buffer.
 *
 * @param url - `http://host:port`, or below a path. A user in it goes to the server as basic authorization.
 * @throws {SeamlessError} `INVALID_ARGUMENT`.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { hashserverStore } from "@seamless/remote/hashserver";
 * import { createHashserver } from "@seamless/remote/hashserver/node";
 * import { directoryStore } from "@seamless/remote/directory";
 * const server = createHashserver({ store: directoryStore("buffers"), writable: true });
 * const { url } = await server.listen({ port: 0 });
 *
 * const store = hashserverStore(url);
 * const buffer = new Buffer([1, 2], "plain");
 * await store.put(buffer.getChecksum(), buffer.content);
 * console.log(await store.has([buffer.getChecksum()])); // → [ true ]
 * await store.close();
 * await server.close();
 */
export function hashserverStore(url: string | URL, options: HashserverStoreOptions = {}): HashserverStore {
  const settings = readSettings(url, options);
  const { name, writable, costClass } = settings;
  const connection = new Connection(settings);
  const download = new Download(connection, settings);
  const lookup = new Lookup(connection, settings, download);
  const check = new Check(connection, settings, lookup);
  const upload = new Upload(connection, settings, new Proof(check, download));
  const housekeeping = new Housekeeping(connection, settings);
  let closing: Promise<void> | undefined;

  const getProven = async (checksum: Checksum, asked: TransferOptions = {}) => {
    asked.signal?.throwIfAborted();
    return reportProgress(asked, (asked) => download.get(checksum, asked));
  };

  const store: HashserverStore = {
    name,
    writable,
    costClass,
    resumes: true,

    has: async (checksums, asked = {}) => lookup.has(checksums, asked),
    lengths: async (checksums, asked = {}) => lookup.lengths(checksums, asked),

    check: async (checksums, asked = {}) => check.check(checksums, asked),

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
      await upload.put(checksum, asBytes(bytes), asked);
    },

    async putStream(checksum, chunks, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await upload.putStream(checksum, chunks, asked);
    },

    async putEncoded(checksum, coding, chunks, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, checksum);
      await upload.putEncoded(checksum, coding, chunks, asked);
    },

    async touch(checksums, asked = {}) {
      for (const checksum of checksums) requireWritable(store, checksum);
      return housekeeping.touch(checksums, asked);
    },

    // No server lists and deletes for those without a token.
    ...(options.token !== undefined && {
      list: (asked = {}) => housekeeping.list(asked),
      async delete(checksum, asked = {}) {
        asked.signal?.throwIfAborted();
        requireWritable(store, checksum);
        return housekeeping.delete(checksum, asked);
      },
    }),

    async promise(checksum, asked = {}) {
      requireWritable(store, checksum);
      return upload.promise(checksum, asked);
    },

    async checkHealth({ signal } = {}) {
      const subject = { store: name, what: "check the health" };
      await connection.ask({ subject, method: "GET", path: PATHS.health, signal }, async (answer) => {
        answer.discard();
        if (answer.status !== 200) throw unexpectedStatusError(subject, answer.status);
      });
    },

    close() {
      closing ??= connection.close();
      return closing;
    },

    [Symbol.asyncDispose]: () => store.close(),
  };
  return withProofs(store, {
    getProven,
    async putProven(bytes, asked = {}) {
      asked.signal?.throwIfAborted();
      requireWritable(store, bytes.checksum);
      await upload.putProven(bytes, asked);
    },
  });
}
