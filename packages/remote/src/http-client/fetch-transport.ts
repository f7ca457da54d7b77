import { onAbort } from "@seamless/internal/abort";
import { platformTimers } from "@seamless/internal/timers";
import { joinChunks, streamChunks } from "@seamless/store";

/** A request to one server. */
export interface TransportRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  /** With the path of the server's base. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Of the body, in bytes, where it is known. */
  readonly length?: number | undefined;
  /** Called with the bytes of the body that were handed to the connection so far, where that is to be seen. */
  readonly onSent?: ((bytes: number) => void) | undefined;
  /** Time that the answer may take beyond the timeouts, in milliseconds. */
  readonly extraTime?: number | undefined;
  readonly signal: AbortSignal;
}

export interface TransportResponse {
  readonly status: number;
  /** @param name - In lower case. */
  header(name: string): string | undefined;
  /** Where the answer came from, if the platform has followed a redirection by itself. */
  readonly url?: string | undefined;
  /** As it comes, not decoded, unless `decodes`. Throws `TransportFailure`. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Discards the body: the connection is free for others, or is closed. */
  discard(): void;
}

export interface TransportOptions {
  /** `http://host:port`. */
  readonly origin: string;
  /** Connections at a time. */
  readonly connections: number;
  /** All in milliseconds. */
  readonly timeouts: { readonly connect: number; readonly headers: number; readonly stall: number };
  /** Are there secrets in the headers, which no other server may see? */
  readonly secret: boolean;
}

/** How a server is talked to. */
export interface Transport {
  /** Can a GET have a body, and a PUT a stream? */
  readonly full: boolean;
  /** Are bodies decoded by the platform, as their `Content-Encoding` says? */
  readonly decodes: boolean;
  /**
   * @throws {TransportFailure} if there is no answer, be it for what the body throws; the signal's reason.
   */
  send(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}

/** No answer, or half of one. */
export class TransportFailure extends Error {
  /**
   * Was it the connection? Then another attempt may succeed. One that took too long would only take as long again.
   */
  readonly again: boolean;

  constructor(message: string, again: boolean, cause: unknown) {
    super(message, { cause });
    this.again = again;
  }
}

/** Uploads slower than this, in bytes for each millisecond, are given up. */
const SLOWEST = 16;

/**
 * Talks to a server through `fetch`. There a GET has no body, and a body no stream (Chromium has it with HTTP/2 alone); the
 * platform decodes what comes, and follows redirections by itself.
 */
export function createTransport({ origin, timeouts, secret }: TransportOptions): Transport {
  return {
    full: false,
    decodes: true,
    async send(request) {
      const { method, path, headers, signal } = request;
      const body = await bodyOf(request);
      const controller = new AbortController();
      const forget = onAbort(signal, () => controller.abort(signal.reason));
      const stop = (fault: string) => controller.abort(new TransportFailure(fault, false, undefined));
      // Until the headers have come. How an upload gets on is not to be seen: it has the time that a very slow one takes.
      const upload = (body?.byteLength ?? 0) / SLOWEST;
      const limit = timeouts.connect + timeouts.headers + upload;
      const timer = platformTimers.setTimeout(() => stop("no answer in time"), limit);
      let response: Response;
      try {
        response = await fetch(`${origin}${path}`, {
          method,
          headers,
          signal: controller.signal,
          credentials: "omit",
          // What a browser's cache makes up of a part, it gives without a status and headers that tell.
          ...("range" in headers ? { cache: "no-store" as const } : {}),
          // A page cannot look where it is led before it goes there. With a secret in its hands it does not go.
          redirect: secret ? "error" : "follow",
          ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
        });
      } catch (error) {
        forget();
        if (controller.signal.aborted) throw controller.signal.reason;
        // Browsers do not say what it was.
        throw new TransportFailure("the request failed (no connection, or not allowed to this page)", true, error);
      } finally {
        timer.cancel();
      }
      const cancel = () => {
        forget();
        controller.abort(new Error("the body was discarded"));
      };
      return {
        status: response.status,
        url: response.url,
        header: (name) => response.headers.get(name) ?? undefined,
        body: watched(response, controller.signal, stop, timeouts.stall, forget),
        discard: cancel,
      };
    },
    async close() {},
  };
}

async function bodyOf({ body }: TransportRequest): Promise<Uint8Array | undefined> {
  return body === undefined || body instanceof Uint8Array ? body : joinChunks(body);
}

/** The body of an answer, given up when it does not get on. */
async function* watched(
  { body }: Response,
  signal: AbortSignal,
  stop: (fault: string) => void,
  stall: number,
  onEnd: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === null) return onEnd();
  const chunks = streamChunks(body);
  try {
    for (;;) {
      const timer = platformTimers.setTimeout(() => stop("the answer does not get on"), stall);
      const next = await chunks.next().finally(() => timer.cancel());
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new TransportFailure("the connection was closed before all had come", true, error);
  } finally {
    onEnd();
    await chunks.return();
  }
}
