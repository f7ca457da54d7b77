import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { HashserverHandler, HashserverRequest, HashserverResponse, StreamMemory } from "../server/index.ts";
import { type ClientOf, clientOf } from "./client-address.ts";
import { type ProxyOptions, readLimits, type ServerLimits } from "./limits.ts";
import { linger } from "./linger.ts";
import { Outflow } from "./outflow.ts";
import { PiecePool } from "./piece-pool.ts";
import { RequestBody } from "./request-body.ts";
import { Reservation, type SendOptions, send } from "./send.ts";

export interface ListenerOptions extends Pick<ServerLimits, "stallTimeout" | "outflowBytes">, ProxyOptions {}

/**
 * The handler for `node:http` and what is built on it (Express, Fastify, Connect).
 *
 * @param options - The limits that hold for answers and bodies; those of connections are the server's own.
 * @throws {SeamlessError} `INVALID_ARGUMENT`.
 *
 * @example
 * import { createServer } from "node:http";
 * import { memoryStore } from "@seamless/store";
 * import { hashserverHandler } from "@seamless/remote/hashserver";
 * import { nodeListener } from "@seamless/remote/hashserver/node";
 * const server = createServer(nodeListener(hashserverHandler({ store: memoryStore() })));
 * await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
 * const response = await fetch(`http://127.0.0.1:${server.address().port}/healthcheck`);
 * console.log(await response.text()); // → OK
 * server.close();
 */
export function nodeListener(handler: HashserverHandler, options: ListenerOptions = {}): RequestListener {
  return listenersOf(handler, options).request;
}

/** What the listeners of one server share. */
interface Shared extends SendOptions {
  readonly handler: HashserverHandler;
  readonly clientOf: ClientOf;
}

/**
 * The same for both events: `checkContinue` is for requests that wait for leave to send. They get it when the first piece of
 * the body is wanted, so that what is not wanted is not sent at all.
 */
export function listenersOf(
  handler: HashserverHandler,
  options: ListenerOptions,
): { readonly request: RequestListener; readonly checkContinue: RequestListener } {
  const { stallTimeout, outflowBytes } = readLimits(options);
  const shared: Shared = {
    handler,
    stallTimeout,
    outflow: new Outflow({ limit: outflowBytes }),
    pool: new PiecePool(outflowBytes),
    clientOf: clientOf(options.trustProxy),
  };
  return { request: createListener(shared, false), checkContinue: createListener(shared, true) };
}

function createListener(shared: Shared, waits: boolean): RequestListener {
  return (incoming, response) => {
    // Connections break; whoever reads or writes notices.
    incoming.on("error", ignore);
    response.on("error", ignore);
    const run = () => void answer(shared, incoming, response, waits);
    // One that came before on the same connection has no answer yet. Until then this one would be told of no end.
    if (response.socket === null) response.once("socket", run);
    else run();
  };
}

async function answer(
  shared: Shared,
  incoming: IncomingMessage,
  response: ServerResponse,
  waits: boolean,
): Promise<void> {
  const request = new NodeRequest(incoming, response, shared, waits);
  const answered = await shared.handler(request);
  request.body?.stop();
  if (response.destroyed) return discard(answered);
  // Otherwise Node would take what is left of the body for the next request. Where the client waits in vain for leave to
  // send, Node closes the connection behind the answer.
  if (!incoming.complete && hasBody(incoming)) linger(incoming);
  await send(response, answered, shared, request.reservation);
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
  readonly body: RequestBody | null;
  // They go to the socket.
  readonly keepsBytes = true;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #shared: Shared;
  #reservation: Reservation | undefined;
  #signal: AbortSignal | undefined;

  constructor(incoming: IncomingMessage, response: ServerResponse, shared: Shared, waits: boolean) {
    this.method = incoming.method ?? "";
    this.url = incoming.url ?? "";
    this.headers = headersOf(incoming);
    this.body = hasBody(incoming) ? new RequestBody(incoming, response, shared.stallTimeout, waits) : null;
    this.#incoming = incoming;
    this.#response = response;
    this.#shared = shared;
  }

  /** What was reserved for the answer, if it is a stream. */
  get reservation(): Reservation | undefined {
    return this.#reservation;
  }

  get client(): string {
    return this.#shared.clientOf(this.#incoming);
  }

  async reserve(length: number): Promise<StreamMemory | undefined> {
    this.#reservation?.end();
    this.#reservation = new Reservation(this.#response, this.#shared);
    return (await this.#reservation.grant(length)) ? this.#reservation : undefined;
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
