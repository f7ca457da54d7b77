import { type AbortOptions, type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { optionChecks } from "@seamless/internal/option-checks";
import { mapParallel } from "@seamless/internal/parallel";
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
import { isUndecodable } from "../encoding/decode.ts";
import { FORMS } from "../encoding/forms.ts";
import { Connection } from "./connection.ts";
import { Download } from "./download.ts";
import { Lookup } from "./lookup.ts";
import { ABANDONED, Multipart } from "./multipart.ts";
import { readSettings, type S3StoreOptions } from "./options.ts";
import { Renewal } from "./renewal.ts";
import { Upload } from "./upload.ts";

export type { S3ClientLike, S3Credentials, S3StoreOptions } from "./options.ts";

/** How leftovers of uploads are swept. */
export interface SweepOptions extends AbortOptions {
  /** Of uploads that began so long ago, in milliseconds; younger ones may still be under way. @default a day */
  readonly olderThan?: number | undefined;
}

/** Buffers in a bucket. */
export interface S3Store extends Store, AsyncDisposable {
  readonly bucket: string;
  list(options?: AbortOptions): AsyncGenerator<ListedBuffer, void, undefined>;
  /**
   * Removes a buffer, compressed forms included. A bucket with versions keeps the old one.
   *
   * @throws {SeamlessError} `READ_ONLY`.
   */
  delete(checksum: Checksum, options?: DeleteOptions): Promise<boolean>;
  /**
   * Makes buffers as young as if they had been put now: each is copied onto itself, inside the server. Its tags and metadata
   * stay. With `ifNoneMatch`, where nothing is to be replaced, an empty object beside it marks it as touched.
   *
   * @throws {SeamlessError} `READ_ONLY`; `UNSUPPORTED` of a server that copies nothing.
   */
  touch(checksums: readonly Checksum[], options?: AbortOptions): Promise<boolean[]>;
  /**
   * Ends the uploads that clients which were killed have left behind, of keys of this store alone. The first large `put` does
   * it too, behind the caller's back.
   *
   * @returns how many there were.
   * @throws {SeamlessError} `READ_ONLY`.
   */
  sweep(options?: SweepOptions): Promise<number>;
  /** Waits for uploads that are being given up or swept, and lets go of connections. */
  close(): Promise<void>;
  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const checks = optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

/**
 * Buffers in a bucket of S3: of AWS, or of any server that speaks it. Keys are those of a folder with prefixes, `ab/abcdef…`: `aws
 * s3 sync` of a buffer folder makes a store, and back. Needs `@aws-sdk/client-s3`, which is loaded when it is first used.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` for a wrong option.
 *
 * @example
 * import { s3Store } from "@seamless/remote/s3";
 * const store = s3Store({ bucket: "results", prefix: "buffers", endpoint: "http://localhost:9000" });
 * console.log(store.name); // → s3://results/buffers
 * await store.close();
 */
export function s3Store(options: S3StoreOptions): S3Store {
  const settings = readSettings(options);
  const { name, writable, costClass, bucket, connections } = settings;
  const connection = new Connection(settings);
  const lookup = new Lookup(connection, settings);
  const download = new Download(connection, settings, lookup);
  const renewal = new Renewal(connection, settings, lookup);
  const multipart = new Multipart(connection, settings, renewal);
  const upload = new Upload(connection, settings, multipart, download, renewal, lookup);

  const each = async <T>(
    checksums: readonly Checksum[],
    { signal }: AbortOptions,
    look: (checksum: Checksum) => Promise<T>,
  ) => {
    signal?.throwIfAborted();
    return mapParallel(checksums, { limit: connections, signal }, look);
  };

  const lengthOf = async (checksum: Checksum, { signal }: AbortOptions) => {
    const plain = await lookup.head(checksum, "", { signal });
    if (plain !== undefined) return plain.size;
    const forms = await lookup.forms(checksum, { signal });
    const form = FORMS.find(({ suffix }) => forms.has(suffix));
    if (form === undefined) return undefined;
    if (form.coding === undefined) return forms.get(form.suffix);
    try {
      return await download.decodedLength(checksum, form, forms, { signal });
    } catch (error) {
      // One that cannot be decoded does not keep us from the others.
      if (isUndecodable(error) || isSeamlessError(error, "TOO_LARGE")) return undefined;
      throw error;
    }
  };

  const getProven = async (checksum: Checksum, asked: TransferOptions = {}) => {
    asked.signal?.throwIfAborted();
    return reportProgress(asked, (asked) => download.get(checksum, asked));
  };

  const requirePut = (checksum: Checksum, { signal }: AbortOptions) => {
    signal?.throwIfAborted();
    requireWritable(store, checksum);
  };

  const close = async () => {
    await multipart.settle();
    await connection.close();
  };

  const store: S3Store = {
    name,
    writable,
    costClass,
    bucket,
    resumes: true,

    has: (checksums, asked = {}) => each(checksums, asked, (checksum) => lookup.has(checksum, asked)),
    lengths: (checksums, asked = {}) => each(checksums, asked, (checksum) => lengthOf(checksum, asked)),

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

    async put(checksum, bytes, asked = {}) {
      requirePut(checksum, asked);
      await reportProgress(asked, (asked) => upload.put(checksum, asBytes(bytes), asked));
    },

    async putStream(checksum, chunks, asked = {}) {
      requirePut(checksum, asked);
      await reportProgress(asked, (told) => upload.putStream(checksum, chunks, { ...told, length: asked.length }));
    },

    async putEncoded(checksum, coding, chunks, asked = {}) {
      requirePut(checksum, asked);
      await upload.putEncoded(checksum, coding, chunks, asked);
    },

    async *list({ signal } = {}) {
      signal?.throwIfAborted();
      yield* lookup.list({ signal });
    },

    async delete(checksum, asked = {}) {
      requirePut(checksum, asked);
      return lookup.delete(checksum, asked);
    },

    async touch(checksums, asked = {}) {
      asked.signal?.throwIfAborted();
      if (!writable) throw new SeamlessError("READ_ONLY", `${name} is read-only: nothing is touched`, { store: name });
      return each(checksums, asked, (checksum) => renewal.touch(checksum, asked));
    },

    async sweep({ signal, olderThan = ABANDONED } = {}) {
      signal?.throwIfAborted();
      if (!writable) throw new SeamlessError("READ_ONLY", `${name} is read-only: nothing is swept`, { store: name });
      return multipart.sweep(checks.notNegative("olderThan", olderThan), { signal });
    },

    close,
    [Symbol.asyncDispose]: close,
  };
  return withProofs(store, {
    getProven,
    async putProven(bytes, asked = {}) {
      requirePut(bytes.checksum, asked);
      await reportProgress(asked, (asked) => upload.putProven(bytes, asked));
    },
  });
}
