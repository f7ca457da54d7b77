import type { Dispatcher, Pool } from "undici";
import { type Transport, TransportFailure, type TransportOptions, type TransportRequest } from "./types.ts";

/** A larger body is written in slices of this, in bytes: so that it is seen to get on. */
const SLICE = 262_144;

/** Code of an error → what to say, and whether another attempt may succeed. */
const FAULTS: Readonly<Record<string, readonly [string, boolean]>> = {
  ECONNREFUSED: ["connection refused", true],
  ECONNRESET: ["the connection was reset", true],
  EPIPE: ["the connection was closed", true],
  ENOTFOUND: ["there is no such host", true],
  EAI_AGAIN: ["the name of the host could not be looked up", true],
  ETIMEDOUT: ["the connection timed out", true],
  EHOSTUNREACH: ["the host cannot be reached", true],
  ENETUNREACH: ["the network cannot be reached", true],
  UND_ERR_SOCKET: ["the connection was closed before all had come", true],
  UND_ERR_CONNECT_TIMEOUT: ["no connection in time", true],
  UND_ERR_HEADERS_TIMEOUT: ["no answer in time", false],
  UND_ERR_BODY_TIMEOUT: ["the answer does not get on", false],
  UND_ERR_HEADERS_OVERFLOW: ["the headers of the answer are too large", false],
};

/** Talks to a server through undici: loaded when first used. */
export function createTransport(options: TransportOptions): Transport {
  let pool: Promise<Pool> | undefined;
  let closed = false;
  return {
    full: true,
    decodes: false,
    async send(request) {
      if (closed) throw new TransportFailure("the store is closed", false, undefined);
      pool ??= open(options);
      const { method, path, headers, signal } = request;
      const sized = request.length === undefined ? headers : { ...headers, "content-length": String(request.length) };
      let response: Dispatcher.ResponseData;
      try {
        const body = bodyOf(request);
        response = await (await pool).request({ method, path, headers: sized, signal, ...(body && { body }) });
      } catch (error) {
        throw signal.aborted ? signal.reason : failure(error);
      }
      // Bodies that nobody reads may fail, too.
      response.body.on("error", () => {});
      return {
        status: response.statusCode,
        header(name) {
          const value = response.headers[name];
          return Array.isArray(value) ? value.join(", ") : value;
        },
        body: bodyPieces(response.body, signal),
        discard: () => void response.body.dump({ limit: SLICE, signal }).catch(() => undefined),
      };
    },
    async close() {
      closed = true;
      // Not `close`, which would wait for streams that nobody reads.
      await (await pool)?.destroy();
    },
  };
}

async function open({ origin, connections, timeouts }: TransportOptions): Promise<Pool> {
  const { Pool } = await import("undici");
  return new Pool(origin, {
    connections,
    connect: { timeout: timeouts.connect },
    headersTimeout: timeouts.headers,
    bodyTimeout: timeouts.stall,
  });
}

function bodyOf({ body }: TransportRequest): Uint8Array | Dispatcher.DispatchOptions["body"] {
  if (body === undefined || (body instanceof Uint8Array && body.byteLength <= SLICE)) return body ?? null;
  // undici takes whatever is iterable.
  return (body instanceof Uint8Array ? slices(body) : body) as unknown as Dispatcher.DispatchOptions["body"];
}

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += SLICE) yield bytes.subarray(at, at + SLICE);
}

async function* bodyPieces(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    // Memory of their own: undici's pieces are parts of what the socket has read.
    for await (const piece of body) yield new Uint8Array(piece);
  } catch (error) {
    throw signal.aborted ? signal.reason : failure(error);
  }
}

/** What undici throws, as one of ours; what came from the body that was sent passes as it is. */
function failure(error: unknown): unknown {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === "HTTPParserError") return new TransportFailure("the answer is not HTTP", false, error);
  const fault = FAULTS[code ?? ""];
  if (fault !== undefined) return new TransportFailure(fault[0], fault[1], error);
  if (code?.startsWith("UND_ERR_")) return new TransportFailure(message, false, error);
  return error;
}
