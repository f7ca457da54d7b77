import type { Dispatcher, Pool } from "undici";
import { NETWORK_FAULTS } from "../network-faults.ts";
import {
  createTransport as createFetchTransport,
  type Transport,
  TransportFailure,
  type TransportOptions,
  type TransportRequest,
} from "./fetch-transport.ts";

/** Through undici; but what Bun takes for `undici` is a part of it, which makes no requests: there, as in browsers. */
export function createTransport(options: TransportOptions): Transport {
  return "bun" in process.versions ? createFetchTransport(options) : createUndiciTransport(options);
}

/** What is larger is written in slices of this, in bytes: so that it is seen to get on. */
const SLICE = 262_144;

/** How long to wait for the rest of a discarded body, in milliseconds: a new connection costs less than a longer wait. */
const LINGER = 500;

const CLOSED_EARLY = ["the connection was closed before all had come", true] as const;

/** Code of an error → what to say, and whether another attempt may succeed. */
const FAULTS: Readonly<Record<string, readonly [string, boolean]>> = {
  ...Object.fromEntries(Object.entries(NETWORK_FAULTS).map(([code, fault]) => [code, [fault, true] as const])),
  UND_ERR_SOCKET: CLOSED_EARLY,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: CLOSED_EARLY,
  UND_ERR_CONNECT_TIMEOUT: ["no connection in time", true],
  UND_ERR_HEADERS_TIMEOUT: ["no answer in time", false],
  UND_ERR_BODY_TIMEOUT: ["the answer does not get on", false],
  UND_ERR_HEADERS_OVERFLOW: ["the headers of the answer are too large", false],
  UND_ERR_DESTROYED: ["the store is closed", false],
};

/** Loaded when first used. */
function createUndiciTransport(options: TransportOptions): Transport {
  let pool: Promise<Pool> | undefined;
  let closed = false;
  return {
    full: true,
    decodes: false,
    async send(request) {
      if (closed) throw new TransportFailure("the store is closed", false, undefined);
      const { method, path, headers, signal } = request;
      const sized = request.length === undefined ? headers : { ...headers, "content-length": String(request.length) };
      let response: Dispatcher.ResponseData;
      try {
        pool ??= open(options);
        const body = bodyOf(request);
        // Otherwise undici would close the connection after a HEAD, and after a GET with a body, which hashservers understand.
        const kept = method !== "PUT" && { reset: false };
        const timeouts = requestTimeouts(options, request.extraTime);
        const sent = { method, path, headers: sized, signal, ...(body && { body }), ...kept, ...timeouts };
        response = await (await pool).request(sent);
      } catch (error) {
        throw signal.aborted ? signal.reason : failure(error);
      }
      // A body that is not read may fail, too.
      response.body.on("error", () => {});
      return {
        status: response.statusCode,
        header(name) {
          const value = response.headers[name];
          return Array.isArray(value) ? value.join(", ") : value;
        },
        body: bodyChunks(response.body, signal),
        discard() {
          const timer = setTimeout(() => response.body.destroy(), LINGER);
          const dumped = response.body.dump({ limit: SLICE, signal }).catch(() => undefined);
          void dumped.finally(() => clearTimeout(timer));
        },
      };
    },
    async close() {
      closed = true;
      // Not `close`, which would wait for streams that are not read. If opening failed, there is nothing to close.
      await (await pool?.catch(() => undefined))?.destroy();
    },
  };
}

async function open({ origin, connections, timeouts }: TransportOptions): Promise<Pool> {
  const { Pool } = await import("undici");
  return new Pool(origin, {
    connections,
    connect: { timeout: limit(timeouts.connect) },
    headersTimeout: limit(timeouts.headers),
    bodyTimeout: limit(timeouts.stall),
  });
}

/** Those of the pool, unless this answer may take longer. */
function requestTimeouts({ timeouts }: TransportOptions, extra = 0) {
  if (extra === 0) return {};
  return { headersTimeout: limit(timeouts.headers + extra), bodyTimeout: limit(timeouts.stall + extra) };
}

/** As undici takes it: whole, and 0 for none. */
function limit(ms: number): number {
  return ms === Number.POSITIVE_INFINITY ? 0 : Math.ceil(ms);
}

function bodyOf({ body, onSent }: TransportRequest): Uint8Array | Dispatcher.DispatchOptions["body"] {
  if (body === undefined || (body instanceof Uint8Array && body.byteLength <= SLICE)) return body ?? null;
  // undici takes whatever is iterable.
  return slices(body instanceof Uint8Array ? [body] : body, onSent) as unknown as Dispatcher.DispatchOptions["body"];
}

async function* slices(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  onSent: TransportRequest["onSent"],
): AsyncGenerator<Uint8Array, void, undefined> {
  let sent = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; at += SLICE) {
      const slice = chunk.subarray(at, at + SLICE);
      yield slice;
      sent += slice.byteLength;
      onSent?.(sent);
    }
  }
}

async function* bodyChunks(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    // Memory of their own: undici's chunks are parts of what the socket has read.
    for await (const chunk of body) yield new Uint8Array(chunk);
  } catch (error) {
    throw signal.aborted ? signal.reason : failure(error);
  }
}

/** Codes of what does not come from the connection: undici, or Node, does not do what it was asked for. */
const LASTING: ReadonlySet<string> = new Set([
  "ERR_METHOD_NOT_IMPLEMENTED",
  "ERR_MODULE_NOT_FOUND",
  "UND_ERR_INVALID_ARG",
  "UND_ERR_NOT_SUPPORTED",
]);

/** What undici throws, as one of ours; unchanged if it has nothing to do with the server. */
function failure(error: unknown): unknown {
  const { code = "", name, message } = Object(error) as NodeJS.ErrnoException;
  const isOurs = code === "" && (error instanceof TypeError || error instanceof ReferenceError);
  if (isOurs || LASTING.has(code)) return error;
  if (name === "HTTPParserError") {
    const [fault, again] = message.includes("EOF") ? CLOSED_EARLY : (["the answer is not HTTP", false] as const);
    // No cause: it would repeat what came, which may be what we have sent.
    return new TransportFailure(fault, again, undefined);
  }
  const [fault, again] = FAULTS[code] ?? [other(code, message), false];
  return new TransportFailure(fault, again, error);
}

/** Messages of the system, and of OpenSSL, are not for everybody. */
function other(code: string, message: string): string {
  return code.startsWith("UND_ERR_") ? message : `the connection failed (${code || message})`;
}
