import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { HashserverHandler, HashserverRequest, HashserverResponse } from "../server/index.ts";
import { checkLimit } from "../server/limit.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { requestBody } from "./request-body.ts";
import { send } from "./send.ts";

/** How long a client that was answered early may go on sending, so that it finds the answer, in milliseconds. */
const LINGER = 5_000;

/**
 * The handler for `node:http` and what is built on it (Express, Fastify, Connect).
 *
 * @param options.stallTimeout - A body that does not get on for this long, in milliseconds, is given up; default 30,000.
 * @throws {SeamlessError} `INVALID_ARGUMENT`.
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
  return createListener(handler, checkLimit("stallTimeout", stallTimeout), false);
}

/**
 * The same for the event `checkContinue`: requests that wait for leave to send. They get it when the first piece of the body
 * is wanted, so that what is not wanted is not sent at all.
 */
export function continueListener(
  handler: HashserverHandler,
  { stallTimeout }: { readonly stallTimeout: number },
): RequestListener {
  return createListener(handler, stallTimeout, true);
}

function createListener(handler: HashserverHandler, stallTimeout: number, waits: boolean): RequestListener {
  return (incoming, response) => {
    // Connections break; whoever reads or writes notices.
    incoming.on("error", ignore);
    response.on("error", ignore);
    const run = () => void answer(handler, incoming, response, stallTimeout, waits);
    // One that came before on the same connection has no answer yet. Until then this one would be told of no end.
    if (response.socket === null) response.once("socket", run);
    else run();
  };
}

async function answer(
  handler: HashserverHandler,
  incoming: IncomingMessage,
  response: ServerResponse,
  stallTimeout: number,
  waits: boolean,
): Promise<void> {
  const answered = await handler(new NodeRequest(incoming, response, stallTimeout, waits));
  if (response.destroyed) return discard(answered);
  // Otherwise Node would take what is left of the body for the next request.
  if (!incoming.complete && hasBody(incoming)) linger(incoming);
  await send(response, answered, stallTimeout);
}

function ignore(): void {}

/** Nobody is there to read it. */
function discard({ body }: HashserverResponse): void {
  if (body !== null && "cancel" in body) body.cancel().catch(ignore);
}

/** Made once for each request: what is seldom used is only made when it is. */
class NodeRequest implements HashserverRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: HashserverRequest["headers"];
  readonly body: AsyncIterable<Uint8Array> | null;
  // They go to the socket.
  readonly keepsBytes = true;
  readonly #response: ServerResponse;
  #signal: AbortSignal | undefined;

  constructor(incoming: IncomingMessage, response: ServerResponse, stallTimeout: number, waits: boolean) {
    this.method = incoming.method ?? "";
    this.url = incoming.url ?? "";
    this.headers = headersOf(incoming);
    this.body = hasBody(incoming) ? requestBody(incoming, response, stallTimeout, waits) : null;
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

/** Node keeps only the first `Host`. */
function headersOf({ headers, rawHeaders }: IncomingMessage): HashserverRequest["headers"] {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  return hosts < 2 ? headers : { ...headers, host: Array(hosts).fill(headers.host) };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/**
 * Let a client that is still sending find its answer: a connection that is closed at once takes the answer with it. Where it
 * waits in vain for leave to send, Node closes the connection behind the answer.
 */
function linger(incoming: IncomingMessage): void {
  incoming.resume();
  const timer = setTimeout(() => incoming.destroy(), LINGER);
  timer.unref();
  incoming.once("close", () => clearTimeout(timer));
}
