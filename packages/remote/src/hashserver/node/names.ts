import { isIP } from "node:net";
import { hostname } from "node:os";

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
  const own = isIP(address) === 6 ? `[${address}]` : address;
  const all = new Set<string>([own, ...more, ...LOOPBACK]);
  if (!isLoopback(address)) all.add(hostname());
  return [...all];
}
