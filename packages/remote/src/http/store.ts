import type { Checksum } from "@seamless/checksum";
import { reportProgress, requireWritable, type Store, type TransferOptions, withProofs } from "@seamless/store";
import { Connection } from "../http-client/connection.ts";
import { Download } from "./download.ts";
import { Files } from "./files.ts";
import { type HttpStoreOptions, readHttpStoreSettings } from "./options.ts";

export type { HttpStoreOptions } from "./options.ts";

/** A folder of buffers on a web server. */
export interface HttpStore extends Store {
  close(): Promise<void>;
  /** Calls `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A folder of buffers that any web server or CDN shows, to be read only; in browsers, too. Files `….zst` and `….gz` are found
 * and decoded. A transfer that breaks off goes on where it stopped, if the server knows ranges. Nothing is sent before the
 * first question.
 *
 * @param url - `https://host/path` of the folder, or `static+https://host/path`. A user in it goes to the server as basic
 *   authorization.
 * @throws {SeamlessError} `INVALID_ARGUMENT`. Reading: `CHECKSUM_MISMATCH` for other bytes, be it a page that comes for every
 *   name; `ACCESS_DENIED`; `STORE_FAILED`; `TOO_LARGE`; only 404 and 410 are missing. Writing: `READ_ONLY`.
 *
 * @example
 * import { httpStore } from "@seamless/remote/http";
 * const store = httpStore("https://example.org/buffers", { layout: "prefix" });
 * console.log(store.name, store.writable); // → static+https://example.org/buffers false
 * await store.close();
 */
export function httpStore(url: string | URL, options: HttpStoreOptions = {}): HttpStore {
  const settings = readHttpStoreSettings(url, options);
  const { name, costClass } = settings;
  const connection = new Connection(settings);
  const download = new Download(connection, settings, new Files(connection, settings));
  let closing: Promise<void> | undefined;

  const getProven = async (checksum: Checksum, asked: TransferOptions = {}) => {
    asked.signal?.throwIfAborted();
    return reportProgress(asked, (asked) => download.get(checksum, asked));
  };

  const store: HttpStore = {
    name,
    writable: false,
    costClass,
    resumes: true,

    async has(checksums, asked = {}) {
      asked.signal?.throwIfAborted();
      return (await download.lengths(checksums, asked)).map((length) => length !== undefined);
    },

    async lengths(checksums, asked = {}) {
      asked.signal?.throwIfAborted();
      return download.lengths(checksums, asked);
    },

    async get(checksum, asked) {
      return (await getProven(checksum, asked))?.expose();
    },

    async getStream(checksum, asked = {}) {
      asked.signal?.throwIfAborted();
      return download.getStream(checksum, asked);
    },

    async getEncoded(checksum, accept, asked = {}) {
      asked.signal?.throwIfAborted();
      return download.getEncoded(checksum, accept, asked);
    },

    async put(checksum) {
      requireWritable(store, checksum);
    },

    async putStream(checksum) {
      requireWritable(store, checksum);
    },

    close() {
      closing ??= connection.close();
      return closing;
    },

    [Symbol.asyncDispose]: () => store.close(),
  };
  return withProofs(store, {
    getProven,
    async putProven({ checksum }) {
      requireWritable(store, checksum);
    },
  });
}
