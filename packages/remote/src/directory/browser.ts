import { SeamlessError } from "@seamless/checksum";
import type { DirectoryStore, DirectoryStoreOptions } from "./types.ts";

/** Stands in for `directoryStore` in browsers, and only throws `UNSUPPORTED`. */
export function directoryStore(_path: string | URL, _options?: DirectoryStoreOptions): DirectoryStore {
  throw new SeamlessError("UNSUPPORTED", "browsers have no folders: use hashserverStore(), or Node");
}
