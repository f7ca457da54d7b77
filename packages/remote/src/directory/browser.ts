import { SeamlessError } from "@seamless/checksum";
import type { DirectoryStore, DirectoryStoreOptions } from "./types.ts";

/** What browsers get in place of `directoryStore`. */
export function directoryStore(_path: string | URL, _options?: DirectoryStoreOptions): DirectoryStore {
  throw new SeamlessError("UNSUPPORTED", "a browser has no folders: use hashserverStore(), or Node");
}
