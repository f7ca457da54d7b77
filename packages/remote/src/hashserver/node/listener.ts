import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { HashserverHandler, HashserverRequest } from "../server/index.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { requestBody } from "./request-body.ts";
import { send } from "./send.ts";

/** How long a client that was answered early may go on sending, so that it finds the answer, in milliseconds. */
const LINGER = 5_000;

/**
 * The handler for `node:http` and what is built on it (Express, Fastify, Connect).
 *
 * @param options.stallTimeout - A body that does not get on for this long, in milliseconds, is given up; default 30,000.
 *
 * @example
 * import { createServer } from "node:http";
 * import { memoryStore } from "@seamless/cache";
 * import { hashserverHandler } from "@seamless/remote/hashserver";
 * import { nodeListener } from "@seamless/remote/hashserver/node";
 * const server = createServer(nodeListener(hashserverHandler({ store: memoryStore() })));
 * await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
 * const response = await fetch(`http://127.0.0.1:${server.address().port}/healthcheck`);
 * console.log(await response.text()); // → OK
 * server.close();
 */
export function nodeListener(
  handler: HashserverHandler,
  { stallTimeout = DEFAULT_LIMITS.stallTimeout }: { readonly stallTimeout?: number | undefined } = {},
): RequestListener {
  return (request, response) => {
    void answer(handler, request, response, stallTimeout);
  };
}

async function answer(
  handler: HashserverHandler,
  incoming: IncomingMessage,
  response: ServerResponse,
  stallTimeout: number,
): Promise<void> {
  // Connections break; whoever reads or writes notices.
  incoming.on("error", () => {});
  response.on("error", () => {});
  const request = new NodeRequest(incoming, response, stallTimeout);
  const answered = await handler(request);
  if (response.destroyed) return;
  // Otherwise Node would take what is left of the body for the next request.
  if (!incoming.complete && hasBody(incoming)) linger(incoming, response);
  await send(response, answered, stallTimeout);
}

/** Made once for each request: what is seldom used is only made when it is. */
class NodeRequest implements HashserverRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: AsyncIterable<Uint8Array> | null;
  readonly #response: ServerResponse;
  #signal: AbortSignal | undefined;

  constructor(incoming: IncomingMessage, response: ServerResponse, stallTimeout: number) {
    this.method = incoming.method ?? "";
    this.url = incoming.url ?? "";
    this.headers = incoming.headers;
    this.body = hasBody(incoming) ? requestBody(incoming, response, stallTimeout) : null;
    this.#response = response;
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#listen();
    return this.#signal;
  }

  #listen(): AbortSignal {
    const controller = new AbortController();
    const gone = () => {
      if (!this.#response.writableFinished) controller.abort(new Error("the client has gone"));
    };
    if (this.#response.destroyed) gone();
    else this.#response.once("close", gone);
    return controller.signal;
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Let a client that is still sending find its answer: a connection that is closed at once takes the answer with it. */
function linger(incoming: IncomingMessage, response: ServerResponse): void {
  // Who waits for leave to send need not be listened to.
  if (incoming.headers.expect !== undefined && !incoming.readableDidRead) {
    response.setHeader("connection", "close");
    return;
  }
  incoming.resume();
  const timer = setTimeout(() => incoming.destroy(), LINGER);
  timer.unref();
  incoming.once("close", () => clearTimeout(timer));
}
