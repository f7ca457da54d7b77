import { SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import type { Coding, Store } from "@seamless/store";
import { directoryStore } from "#directory";
import type { DirectoryLayout } from "./directory/types.ts";
import { hashserverStore } from "./hashserver/client/store.ts";
import { openHttp } from "./http/open.ts";
import { openRedis } from "./redis/open.ts";
import { openS3 } from "./s3/open.ts";

/** Options of `openStore` and `urlStore`. */
export interface OpenStoreOptions {
  /** Whether the store may be written to. @default true */
  readonly writable?: boolean | undefined;
  /** For folders, also on a web server. @default the layout that the folder has, "prefix" for an empty one */
  readonly layout?: DirectoryLayout | undefined;
  /**
   * For folders: how long to wait for the lock of another program, or for its upload of the same buffer, in milliseconds.
   * @default 10,000
   */
  readonly lockTimeout?: number | undefined;
  /** For folders: compress what is written, as `directoryStore` does. @default not */
  readonly compress?: Coding | undefined;
  /** For folders: whether `put` waits until a buffer has reached the disk, as for `directoryStore`. @default true */
  readonly sync?: boolean | undefined;
  /** For servers: the size of the largest buffer that is accepted, in bytes. @default 64 GiB as a stream, 4 GiB at once */
  readonly maxBytes?: number | undefined;
  /** For servers: sent as `Authorization: Bearer …`. Not allowed for folders, buckets and Redis. @default none */
  readonly token?: string | undefined;
}

type Opener = (url: string, options: OpenStoreOptions) => Store & AsyncDisposable;

/** Scheme of a URL → the store. */
const OPENERS: Readonly<Record<string, Opener>> = {
  file: openFolder,
  http: hashserverStore,
  https: hashserverStore,
  s3: openS3,
  redis: openRedis,
  rediss: openRedis,
  "static+http": openHttp,
  "static+https": openHttp,
};

/** A server without its scheme: `host:port`, or an address and a port, with or without a path. */
const HOST_AND_PORT = /^(?:\[[0-9a-f:.]+\]|[^\s:/\\@[\]]+):\d{1,5}(?:\/.*)?$/i;

/**
 * Opens the store that a URL names: a folder (a path, or `file://…`), a hashserver (`http://…`, `https://…`), a
 * bucket (`s3://bucket/prefix`), a Redis server (`redis://…`, `rediss://…`), or a folder that a plain web server shows
 * (`static+http://…`, `static+https://…`), which is read-only. Nothing is read or connected to before the store is used; `await using` closes it.
 *
 * @param url - A path, or a URL without query and fragment.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for an unknown scheme, an invalid URL, `host:port` without a scheme, and a token
 * where there is no place for one.
 *
 * @example
 * import { openStore } from "@seamless/remote";
 * const store = await openStore("http://localhost:8000");
 * console.log(store.name); // → http://localhost:8000
 */
export async function openStore(url: string | URL, options: OpenStoreOptions = {}): Promise<Store & AsyncDisposable> {
  return urlStore(url, options);
}

/**
 * The same where nothing can be awaited, as in a constructor or a synchronous configuration.
 *
 * @param url - A path, or a URL without query and fragment.
 * @throws {SeamlessError} `INVALID_ARGUMENT`, at once.
 *
 * @example
 * import { urlStore } from "@seamless/remote";
 * console.log(urlStore("http://localhost:8000").name); // → http://localhost:8000
 */
export function urlStore(url: string | URL, options: OpenStoreOptions = {}): Store & AsyncDisposable {
  const text = url instanceof URL ? url.href : url;
  if (typeof text !== "string" || text === "") {
    throw new SeamlessError("INVALID_ARGUMENT", `the name of a store is a path or a URL, got ${describe(url)}`);
  }
  if (HOST_AND_PORT.test(text)) {
    const meant = `the server is http://${text}, a folder of that name ./${text}`;
    throw new SeamlessError("INVALID_ARGUMENT", `${describe(text)} is neither a URL nor clearly a path: ${meant}`);
  }
  // One letter is a drive of Windows.
  const [, scheme, slashes] = /^([a-z][a-z0-9+.-]+):(\/\/)?/i.exec(text.toLowerCase()) ?? [];
  if (scheme === undefined) return openFolder(text, options);
  if (slashes === undefined) {
    const meant = "a server is http://host:port, a folder with a colon in its name begins with ./";
    throw new SeamlessError(
      "INVALID_ARGUMENT",
      `${describe(text.replace(/[^/@]*@/, "…@"))} is neither a URL nor clearly a path: ${meant}`,
    );
  }
  const open = Object.hasOwn(OPENERS, scheme) ? OPENERS[scheme] : undefined;
  if (open !== undefined) return open(text, options);
  const known = Object.keys(OPENERS).join("://, ");
  throw new SeamlessError("INVALID_ARGUMENT", `there is no store for ${scheme}://, only for folders and ${known}://`);
}

function openFolder(path: string, { token, ...options }: OpenStoreOptions): Store & AsyncDisposable {
  if (token === undefined) return directoryStore(path, options);
  throw new SeamlessError("INVALID_ARGUMENT", `a token is for servers, and ${describe(path)} is a folder`);
}
