import { SeamlessError } from "@seamless/checksum";
import type { RedisStoreOptions } from "./options.ts";
import type { RedisStore } from "./store.ts";

/** Stands in for `redisStore` in browsers, and only throws `UNSUPPORTED`. */
export function redisStore(_server: string | URL | RedisStoreOptions): RedisStore {
  throw new SeamlessError("UNSUPPORTED", "browsers cannot talk to a Redis server: use hashserverStore(), or Node");
}
