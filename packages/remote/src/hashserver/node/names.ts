import { isIP } from "node:net";
import { hostname, networkInterfaces } from "node:os";

/** Names of this machine that lead nowhere else. */
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"] as const;

/** Is this the address, or a name, of this machine alone? */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || /^127\.\d+\.\d+\.\d+$/.test(bare);
}

/**
 * The names that clients may call a server by, which listens on an address: a web page can make its own name lead here,
 * but not one of these.
 *
 * @param more - Further names, without port.
 */
export function serverNames(address: string, more: readonly string[]): readonly string[] {
  const all = new Set<string>([literal(address), ...more, ...LOOPBACK]);
  if (!isLoopback(address)) all.add(hostname());
  if (EVERYWHERE.includes(address)) for (const each of ownAddresses()) all.add(literal(each));
  return [...all];
}

/** Listen on all addresses of this machine. */
const EVERYWHERE = ["0.0.0.0", "::"];

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}

/** As it stands in a URL. */
function literal(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}
