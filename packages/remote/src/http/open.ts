import type { Store } from "@seamless/store";
import { lazyStore } from "../lazy-store.ts";
import { type HttpStoreOptions, readHttpStoreSettings } from "./options.ts";

/**
 * The store of `static+https://host/path`, a plain web server: read-only, whatever is asked for.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT`.
 */
export function openHttp(url: string, options: HttpStoreOptions): Store & AsyncDisposable {
  const { name, costClass } = readHttpStoreSettings(url, options);
  const facts = { name, writable: false, costClass, resumes: true, methods: ["getEncoded"] } as const;
  return lazyStore(facts, async () => (await import("./store.ts")).httpStore(url, options));
}
