import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { SeamlessError } from "@seamless/checksum";
import { optionChecks } from "@seamless/internal/option-checks";
import { describe } from "@seamless/internal/text";
import { systemClock } from "@seamless/store";

export const checks = optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

/** Limits of what clients may use. */
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
   * Memory for answers that clients have not read yet, of all clients together, in bytes: their chunks, and 320 KiB for
   * each stream beside them. A tenth is kept for new requests; once the rest is spent, the slowest reader is cut off first.
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
const LEAST_PROGRESS = 4_096;

type Limits = { readonly [K in keyof ServerLimits]-?: number };

/** @throws {SeamlessError} `INVALID_ARGUMENT`. */
export function readLimits(options: ServerLimits): Limits {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof ServerLimits)[];
  return Object.fromEntries(
    names.map((name) => [name, checks.wholeNumber(name, options[name] ?? DEFAULT_LIMITS[name], 1)]),
  ) as Limits;
}

/** Who sent a request: its address, or for one of IPv6 the network of it, of which a client has all addresses. */
export type ClientOf = (request: IncomingMessage) => string;

/**
 * Tells clients apart. A proxy that is trusted says in `X-Forwarded-For` whose request it passes on; everybody else could
 * write there what they like.
 *
 * @param proxies - Addresses, or networks (`10.0.0.0/8`).
 * @throws {SeamlessError} `INVALID_ARGUMENT`.
 */
export function clientOf(proxies: readonly string[] = []): ClientOf {
  const trusted = new BlockList();
  for (const proxy of proxies) trust(trusted, proxy);
  const isTrusted = (address: string) => trusted.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  return ({ socket, headers }) => {
    let client = plain(socket.remoteAddress ?? "");
    if (proxies.length === 0 || client === undefined) return network(client ?? "");
    const forwarded = [headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
    // The last one was written by the proxy that we see, the one before by the one that it saw, if that is ours, too.
    while (isTrusted(client)) {
      const before = plain(forwarded.pop()?.trim() ?? "");
      if (before === undefined) break;
      client = before;
    }
    return network(client);
  };
}

function trust(list: BlockList, proxy: string): void {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(String(proxy)) ?? [];
  const family = isIP(address);
  const most = family === 6 ? 128 : 32;
  if (family === 0 || (bits !== undefined && Number(bits) > most)) {
    const what = "a proxy is an address (192.0.2.1) or a network (10.0.0.0/8)";
    throw new SeamlessError("INVALID_ARGUMENT", `${what}, got ${describe(proxy)}`);
  }
  list.addSubnet(address, bits === undefined ? most : Number(bits), family === 6 ? "ipv6" : "ipv4");
}

/** An address without port, brackets and zone, and one of IPv4 as such. */
function plain(text: string): string | undefined {
  const bare = text
    .replace(/^\[([^\]]*)\](?::\d+)?$/, "$1")
    .replace(/^(\d+(?:\.\d+){3}):\d+$/, "$1")
    .replace(/%.*$/, "")
    .replace(/^::ffff:(?=\d+\.)/i, "");
  return isIP(bare) === 0 ? undefined : bare;
}

/** The first 64 bits of an address of IPv6. */
function network(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) while (groups.length < 4) groups.push("0");
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

/**
 * Gives up a transfer that does not get on: in each period some bytes must move. A client that sends one byte now and then
 * must not hold a connection forever.
 *
 * @param period - In milliseconds.
 * @param moved - Bytes so far; `undefined` while it is not the client who is waited for.
 * @param giveUp - Called at most once.
 * @returns a function that ends the watch.
 */
export function watch(period: number, moved: () => number | undefined, giveUp: () => void): () => void {
  let before = moved();
  let ended = false;
  const end = () => {
    ended = true;
    timer.cancel();
  };
  const look = () => {
    if (ended) return;
    const now = moved();
    // Who was not waited for when the period began had no whole period.
    if (now !== undefined && before !== undefined && now - before < LEAST_PROGRESS) {
      end();
      giveUp();
    }
    before = now;
  };
  // Not before the system was asked what has moved: we may have been the ones who were busy.
  const timer = systemClock.setInterval(() => setImmediate(look), period);
  return end;
}
