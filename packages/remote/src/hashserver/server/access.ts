import { SeamlessError, sha256 } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import type { GetHeader, HashserverResponse } from "./requests.ts";
import { text } from "./responses.ts";

/** May this request be answered? Returns the error response if not. */
export type AccessCheck = (header: GetHeader) => HashserverResponse | undefined;

/** The same of the name that a client calls the server by: that of a whole URL counts, not the header (RFC 9112, 3.2.2). */
export type HostCheck = (authority: string | undefined, header: GetHeader) => HashserverResponse | undefined;

/**
 * Rejects names that are not the server's, and requests with several: another server on the way may have gone by another one.
 *
 * @param hosts - Without ports, as `serverNames` of `node/server.ts` lists them; `undefined` for all.
 */
export function hostCheck(hosts: readonly string[] | undefined): HostCheck {
  const known = hosts && new Set(hosts.map((host) => host.toLowerCase()));
  // Nearly all requests come by the same name.
  let last: string | undefined;
  return (authority, header) => {
    const named = header("host");
    const host = authority ?? named;
    if (host !== undefined && host === last && host === named) return undefined;
    // A host name has no comma; the values of repeated headers are joined by one.
    if (named?.includes(",")) return text(400, "There is more than one Host header.\n");
    if (known === undefined) return undefined;
    const name = host?.toLowerCase() ?? "";
    if (known.has(name) || known.has(name.replace(/:\d*$/, ""))) {
      last = host;
      return undefined;
    }
    return text(421, "This server does not accept that host name (see the Host header).\n");
  };
}

/** Rejects requests without the right token. */
export function tokenCheck(token: string | undefined): AccessCheck {
  if (token === undefined) return () => undefined;
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
    throw new SeamlessError("INVALID_ARGUMENT", "a token is a text of printable ASCII characters without spaces");
  }
  const encoder = new TextEncoder();
  const expected = sha256(encoder.encode(token));
  return (header) => {
    const [, given] = /^Bearer +(\S+)$/i.exec(header("authorization") ?? "") ?? [];
    // Of hashes, so that the time that it takes tells nothing of the token.
    if (given !== undefined && equal(sha256(encoder.encode(given)), expected)) return undefined;
    return text(401, "A bearer token is needed.\n", { "www-authenticate": 'Bearer realm="hashserver"' });
  };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.reduce((difference, byte, i) => difference | (byte ^ (b[i] ?? 0)), 0) === 0;
}

/** Headers that let pages of some origins read an answer. */
export type Cors = (header: GetHeader) => Readonly<Record<string, string>> | undefined;

/** @throws {SeamlessError} `INVALID_ARGUMENT` for a text that is not an origin. */
export function corsHeaders(cors: string | readonly string[] | undefined): Cors {
  const origins = new Set((typeof cors === "string" ? [cors] : (cors ?? [])).map(checkOrigin));
  if (origins.size === 0) return () => undefined;
  return (header) => {
    const origin = header("origin");
    // Caches must know that the answer depends on the origin.
    const vary = { vary: "origin" };
    const open = { ...vary, "cross-origin-resource-policy": "cross-origin" };
    if (origin === undefined) return open;
    if (!origins.has("*") && !origins.has(origin)) return open;
    return {
      ...open,
      "access-control-allow-origin": origins.has("*") ? "*" : origin,
      "access-control-expose-headers": "content-length, content-encoding, content-range, etag, retry-after",
    };
  };
}

/** Headers for the question that browsers ask before an upload, or before they show a token. */
export const PREFLIGHT: Readonly<Record<string, string>> = {
  "access-control-allow-methods": "GET, HEAD, PUT, DELETE",
  "access-control-allow-headers": "authorization, content-type, content-encoding",
  // Pages of the internet may ask for what is on this machine, if their origin is one of ours.
  "access-control-allow-private-network": "true",
  "access-control-max-age": "7200",
};

function checkOrigin(origin: string): string {
  if (origin === "*") return origin;
  try {
    if (new URL(origin).origin === origin) return origin;
  } catch {
    // Said below.
  }
  throw new SeamlessError(
    "INVALID_ARGUMENT",
    `an origin is a scheme and a host (https://example.org), or *, got ${describe(origin)}`,
  );
}
