import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";

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
