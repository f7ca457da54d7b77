import { SeamlessError } from "@seamless/checksum";
import type { Store } from "@seamless/store";
import { lazyStore } from "../lazy-store.ts";
import { readRedisSettings } from "./options.ts";

/** What is known of a store by its URL. */
interface OpenRedisOptions {
  readonly writable?: boolean | undefined;
  readonly maxBytes?: number | undefined;
  readonly token?: string | undefined;
}

/**
 * The store of `redis://user:password@host:port/database`, or `rediss://…`.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT`.
 */
export function openRedis(url: string, { token, writable, maxBytes }: OpenRedisOptions): Store & AsyncDisposable {
  const options = { url, writable, maxBytes };
  const { name, costClass, ...settings } = readRedisSettings(options);
  if (token !== undefined) {
    throw new SeamlessError("INVALID_ARGUMENT", `a token is for servers over HTTP: ${name} has a password in its URL`);
  }
  const facts = {
    name,
    writable: settings.writable,
    costClass,
    resumes: true,
    methods: ["list", "delete", "touch"],
  } as const;
  return lazyStore(facts, async () => (await import("#redis")).redisStore(options));
}
