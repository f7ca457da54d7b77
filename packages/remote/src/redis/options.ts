import { SeamlessError } from "@seamless/checksum";
import { optionChecks } from "@seamless/internal/option-checks";
import { describe } from "@seamless/internal/text";
import type { CostClass } from "@seamless/store";
import { isNear } from "../near.ts";
import { type RetryOptions, type RetrySettings, readRetries } from "../retries.ts";

/** What a command is made of. */
export type RedisArguments = readonly (string | Uint8Array)[];

/** How replies are wanted: strings as bytes. */
interface RedisCommandOptions {
  readonly typeMapping?: Readonly<Record<number, unknown>>;
}

/** What is used of a client of the package `redis`: `createClient()`, or `createClientPool()`. */
export interface RedisClient {
  readonly isOpen: boolean;
  sendCommand(args: RedisArguments, options?: RedisCommandOptions): Promise<unknown>;
}

/** What is used of a client for a cluster, `createCluster()`. */
export interface RedisCluster {
  readonly isOpen: boolean;
  readonly masters: readonly unknown[];
  nodeClient(master: never): RedisClient | Promise<RedisClient>;
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    args: RedisArguments,
    options?: RedisCommandOptions,
  ): Promise<unknown>;
}

export interface RedisStoreOptions {
  /** `redis://` or `rediss://` (TLS), `user:password@host:port/database`. One node of a cluster stands for all. */
  readonly url?: string | URL | undefined;
  /** In place of the URL: a client of the package `redis` that is connected, and stays so when the store is closed. */
  readonly client?: RedisClient | RedisCluster | undefined;
  /**
   * For messages.
   * @default the URL, without credentials; "redis" with a client
   */
  readonly name?: string | undefined;
  /** Whether `put` is allowed. @default true */
  readonly writable?: boolean | undefined;
  /**
   * How long the server keeps a buffer that nobody reads, in milliseconds: each reading lets it begin anew.
   * @default without end; what the server does when its memory is full (`maxmemory-policy`) is its own affair
   */
  readonly ttl?: number | undefined;
  /**
   * How all keys begin, for several stores in one database; without braces, colons and what `SCAN` takes for a pattern.
   * @default "seamless"
   */
  readonly prefix?: string | undefined;
  /**
   * What the cache takes its cost to be.
   * @default "local" for this machine and addresses of private networks, else "remote"
   */
  readonly costClass?: CostClass | undefined;
  /** In milliseconds, `Infinity` for no limit. */
  readonly timeouts?:
    | {
        /** Until there is a connection, and the server has let us in. @default 10,000 */
        readonly connect?: number | undefined;
        /** Without any answer while some are awaited. @default 30,000 */
        readonly stall?: number | undefined;
      }
    | undefined;
  /** After connection errors, and while the server starts or a cluster is incomplete. */
  readonly retries?: RetryOptions | undefined;
  /**
   * The largest buffer that is taken from the server, in bytes. At once, by `get`, never more than 4 GiB.
   * @default 64 GiB
   */
  readonly maxBytes?: number | undefined;
}

const checks = optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

/** Where a server is, and what it is shown. */
export interface RedisAddress {
  readonly url: URL;
  readonly host: string;
  readonly tls: boolean;
  readonly database: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** The same, with everything in its place. */
export interface RedisSettings {
  /** A server, or a client that somebody else has connected. */
  readonly server: RedisAddress | RedisClient | RedisCluster;
  readonly name: string;
  readonly writable: boolean;
  readonly ttl: number | undefined;
  readonly prefix: string;
  readonly costClass: CostClass;
  readonly timeouts: { readonly connect: number; readonly stall: number };
  readonly retries: RetrySettings;
  readonly maxBytes: number;
}

/** @throws {SeamlessError} `INVALID_ARGUMENT`; the message has no credentials. */
export function readRedisSettings(given: string | URL | RedisStoreOptions): RedisSettings {
  const options: RedisStoreOptions = typeof given === "string" || given instanceof URL ? { url: given } : given;
  const { url, client, ttl, prefix = "seamless" } = options;
  if ((url === undefined) === (client === undefined)) {
    throw new SeamlessError("INVALID_ARGUMENT", "redisStore() takes a URL or a client: one of the two");
  }
  const address = url === undefined ? undefined : parseUrl(url);
  if (!/^[\w./@-]+$/.test(checks.text("prefix", prefix))) {
    checks.fail("prefix", "letters, digits and the characters . / @ _ -", prefix);
  }
  return {
    server: address ?? client!,
    name: options.name ?? (address === undefined ? "redis" : nameOf(address)),
    writable: checks.boolean("writable", options.writable ?? true),
    ttl: ttl === undefined ? undefined : checks.wholeNumber("ttl", ttl, 1),
    prefix,
    costClass: options.costClass ?? (address === undefined || isNear(address.host) ? "local" : "remote"),
    timeouts: {
      connect: checks.positiveDuration("timeouts.connect", options.timeouts?.connect ?? 10_000),
      stall: checks.positiveDuration("timeouts.stall", options.timeouts?.stall ?? 30_000),
    },
    retries: readRetries(options.retries, checks),
    maxBytes: checks.wholeNumber("maxBytes", options.maxBytes ?? 2 ** 36, 1),
  };
}

function nameOf({ url, database }: RedisAddress): string {
  return `${url.protocol}//${url.host}${database === 0 ? "" : `/${database}`}`;
}

function parseUrl(given: string | URL): RedisAddress {
  // Never the text itself in the message: a password may be in it.
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    const found = typeof given === "string" ? "a text that is not a URL" : describe(given);
    throw new SeamlessError("INVALID_ARGUMENT", `a Redis server is named by its URL, redis://host:port, got ${found}`);
  }
  const { protocol, hostname, pathname, search, hash, username, password } = url;
  if (protocol !== "redis:" && protocol !== "rediss:") {
    throw new SeamlessError("INVALID_ARGUMENT", `a Redis server is reached by redis: or rediss:, not by ${protocol}`);
  }
  if (search !== "" || hash !== "") {
    throw new SeamlessError("INVALID_ARGUMENT", "the URL of a Redis server has no query and no fragment");
  }
  const database = /^\/?(\d{0,6})\/?$/.exec(pathname)?.[1];
  if (hostname === "" || database === undefined) {
    const wanted = "redis://host:port, and after that nothing but the number of a database";
    throw new SeamlessError("INVALID_ARGUMENT", `the URL of a Redis server is ${wanted}`);
  }
  return {
    url,
    host: hostname,
    tls: protocol === "rediss:",
    database: Number(database),
    username: decoded(username),
    password: decoded(password),
  };
}

/** URLs may have a percent sign that stands for itself. */
function decoded(text: string): string | undefined {
  if (text === "") return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
