import { checkLimit } from "../server/limit.ts";

/** What a server does not let clients do to it. */
export interface ServerLimits {
  /**
   * How long a client may take for its headers, in milliseconds.
   * @default 15,000
   */
  readonly headersTimeout?: number | undefined;
  /**
   * A body that moves less than 4 KiB in this time, in milliseconds, either way, is given up.
   * @default 30,000
   */
  readonly stallTimeout?: number | undefined;
  /**
   * How long a connection is kept open between two requests, in milliseconds.
   * @default 60,000
   */
  readonly keepAliveTimeout?: number | undefined;
  /**
   * Connections at a time; others are closed at once.
   * @default 2,048
   */
  readonly maxConnections?: number | undefined;
  /**
   * Memory for answers that clients have not read yet, of all clients together, in bytes: their pieces, and 192 KiB for
   * each stream beside them. A tenth is kept for new requests; where the rest is spent, whoever reads least is cut off first.
   * @default 64 MiB
   */
  readonly outflowBytes?: number | undefined;
  /**
   * Size of all headers of a request together, in bytes, and of all trailers.
   * @default 16,384
   */
  readonly maxHeaderSize?: number | undefined;
}

const DEFAULT_LIMITS = {
  headersTimeout: 15_000,
  stallTimeout: 30_000,
  keepAliveTimeout: 60_000,
  maxConnections: 2_048,
  outflowBytes: 2 ** 26,
  maxHeaderSize: 16_384,
} as const satisfies Required<ServerLimits>;

/** Whose word about the clients of others is taken. */
export interface ProxyOptions {
  /**
   * Addresses or networks (`10.0.0.0/8`) of proxies that say in `X-Forwarded-For` whose requests they pass on: each client
   * has a share of its own in what is limited.
   * @default none
   */
  readonly trustProxy?: readonly string[] | undefined;
}

/** Slower than this in one period of `stallTimeout`, in bytes, is as good as nothing. */
export const LEAST_PROGRESS = 4_096;

type Limits = { readonly [K in keyof ServerLimits]-?: number };

/** @throws {SeamlessError} `INVALID_ARGUMENT`. */
export function readLimits(options: ServerLimits): Limits {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof ServerLimits)[];
  return Object.fromEntries(
    names.map((name) => [name, checkLimit(name, options[name] ?? DEFAULT_LIMITS[name])]),
  ) as Limits;
}
