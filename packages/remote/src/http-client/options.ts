import { SeamlessError } from "@seamless/checksum";
import { optionChecks } from "@seamless/internal/option-checks";
import { describe } from "@seamless/internal/text";
import type { CostClass } from "@seamless/store";
import { FOREIGN_LIMITS } from "../encoding/decode.ts";
import { isNear } from "../near.ts";
import { type RetryOptions, type RetrySettings, readRetries } from "../retries.ts";

/** How a server is talked to, and how much is taken from it. */
export interface HttpOptions {
  /**
   * For messages.
   * @default the URL, without credentials
   */
  readonly name?: string | undefined;
  /** Shown to the server as `Authorization: Bearer …`. @default none */
  readonly token?: string | undefined;
  /** Further headers for every request. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * What the cache takes its cost to be.
   * @default "local" for this machine and addresses of private networks, else "remote"
   */
  readonly costClass?: CostClass | undefined;
  /**
   * Requests at a time, each on a connection of its own, which is kept for the next. A stream that is not read to its end
   * holds one.
   * @default 16
   */
  readonly connections?: number | undefined;
  /** In milliseconds, `Infinity` for no limit. There is none to the whole of a transfer that gets on. */
  readonly timeouts?:
    | {
        /** Until there is a connection. @default 10,000 */
        readonly connect?: number | undefined;
        /** Until an answer begins. A server answers late where it waits for a promised upload. @default 60,000 */
        readonly headers?: number | undefined;
        /** Without a byte, in the middle of an answer. @default 30,000 */
        readonly stall?: number | undefined;
      }
    | undefined;
  /** After connection errors, 429 and 5xx. */
  readonly retries?: RetryOptions | undefined;
  /**
   * The largest buffer that is taken from the server, in bytes, after decoding. At once, by `get`, never more than 4 GiB.
   * @default 64 GiB
   */
  readonly maxBytes?: number | undefined;
  /**
   * The largest buffer that an encoded answer may become, in bytes; never more than `maxBytes`.
   * @default 1 GiB
   */
  readonly maxDecodedBytes?: number | undefined;
  /**
   * How many times its size an encoded answer may become; a mebibyte is always allowed.
   * @default 1,000
   */
  readonly maxDecodedRatio?: number | undefined;
}

export const checks = optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

/** The same, with everything in its place. */
export interface HttpSettings {
  readonly name: string;
  readonly origin: string;
  /** Of the base, without a slash at its end. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: boolean;
  readonly costClass: CostClass;
  readonly connections: number;
  readonly timeouts: { readonly connect: number; readonly headers: number; readonly stall: number };
  readonly retries: RetrySettings;
  readonly maxBytes: number;
  readonly maxDecodedBytes: number;
  readonly maxDecodedRatio: number;
}

/**
 * @param kind - What the URL is that of, for messages: "a hashserver".
 * @throws {SeamlessError} `INVALID_ARGUMENT`; the message has no credentials.
 */
export function readHttpSettings(url: string | URL, options: HttpOptions, kind: string): HttpSettings {
  const base = parseUrl(url, kind);
  const path = base.pathname.replace(/\/+$/, "");
  const headers = { ...lowerCased(options.headers ?? {}), ...authorization(base, options.token) };
  return {
    name: options.name ?? `${base.origin}${path}`,
    origin: base.origin,
    path,
    headers,
    secret: Object.keys(headers).length > 0,
    costClass: options.costClass ?? (isNear(base.hostname) ? "local" : "remote"),
    connections: checks.wholeNumber("connections", options.connections ?? 16, 1),
    timeouts: {
      connect: checks.positiveDuration("timeouts.connect", options.timeouts?.connect ?? 10_000),
      headers: checks.positiveDuration("timeouts.headers", options.timeouts?.headers ?? 60_000),
      stall: checks.positiveDuration("timeouts.stall", options.timeouts?.stall ?? 30_000),
    },
    retries: readRetries(options.retries, checks),
    maxBytes: checks.wholeNumber("maxBytes", options.maxBytes ?? 2 ** 36, 1),
    maxDecodedBytes: checks.wholeNumber("maxDecodedBytes", options.maxDecodedBytes ?? FOREIGN_LIMITS.limit, 1),
    maxDecodedRatio: checks.wholeNumber("maxDecodedRatio", options.maxDecodedRatio ?? FOREIGN_LIMITS.ratio, 1),
  };
}

function parseUrl(url: string | URL, kind: string): URL {
  // Never the text itself in the message: a password may be in it.
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    const found = typeof url === "string" ? "a text that is not a URL" : describe(url);
    throw new SeamlessError("INVALID_ARGUMENT", `${kind} is named by its URL, http://host:port, got ${found}`);
  }
  const { protocol, search, hash } = parsed;
  if (protocol !== "http:" && protocol !== "https:") {
    throw new SeamlessError("INVALID_ARGUMENT", `${kind} is reached by http: or https:, not by ${protocol}`);
  }
  if (search !== "" || hash !== "") {
    throw new SeamlessError("INVALID_ARGUMENT", `the URL of ${kind} has no query and no fragment`);
  }
  return parsed;
}

function authorization({ username, password }: URL, token: string | undefined): Record<string, string> {
  if (token !== undefined && (username !== "" || password !== "")) {
    throw new SeamlessError("INVALID_ARGUMENT", "give a token, or a user in the URL, not both");
  }
  if (token !== undefined) {
    if (/^[\x21-\x7e]+$/.test(token)) return { authorization: `Bearer ${token}` };
    throw new SeamlessError("INVALID_ARGUMENT", "a token is a text of printable ASCII characters without spaces");
  }
  if (username === "" && password === "") return {};
  const user = `${decoded(username)}:${decoded(password)}`;
  const bytes = new TextEncoder().encode(user);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

/** URLs may have a percent sign that stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && typeof value === "string" && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
        return [name.toLowerCase(), value];
      }
      throw new SeamlessError("INVALID_ARGUMENT", `the header ${describe(name)} is not one`);
    }),
  );
}
