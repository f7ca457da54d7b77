import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { systemClock } from "@seamless/store";
import type { HashserverHandler, HashserverRequest, HashserverResponse, StreamMemory } from "../server/requests.ts";
import { ChunkPool } from "./chunk-pool.ts";
import { type ClientOf, clientOf, type ProxyOptions, readLimits, type ServerLimits, watch } from "./limits.ts";
import { Outflow } from "./outflow.ts";
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
 * The same for both events: `checkContinue` is for requests that wait for leave to send. They get it when the first chunk of
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
    pool: new ChunkPool(outflowBytes),
    clientOf: clientOf(options.trustProxy),
  };
  return { request: createListener(shared, false), checkContinue: createListener(shared, true) };
}

function createListener(shared: Shared, waits: boolean): RequestListener {
  return (incoming, response) => {
    // Connections break; reads and writes report it.
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

/** Cancels an answer whose client has gone. */
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

  reserve(length: number): Promise<StreamMemory | undefined> {
    this.#reservation?.end();
    this.#reservation = new Reservation(this.#response, this.#shared);
    return this.#reservation.grant(length);
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

/** The body of a request, read as it is asked for. */
class RequestBody implements AsyncIterable<Uint8Array> {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #stallTimeout: number;
  readonly #waits: boolean;
  #stopped = false;
  #wake = () => {};

  /**
   * @param stallTimeout - In milliseconds.
   * @param waits - Does the client wait for leave to send? It gets it when the first chunk is wanted.
   */
  constructor(request: IncomingMessage, response: ServerResponse, stallTimeout: number, waits: boolean) {
    this.#request = request;
    this.#response = response;
    this.#stallTimeout = stallTimeout;
    this.#waits = waits;
  }

  /** Stops reading: a pending read fails, and later data is left in the request. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const request = this.#request;
    if (this.#waits) this.#response.writeContinue();
    let moved = 0;
    let waiting = true;
    const unwatch = watch(
      this.#stallTimeout,
      () => (waiting ? moved : undefined),
      // Not the request: a body that breaks off while the connection stands would count as a failure of the server.
      () => this.#response.destroy(),
    );
    try {
      while (!this.#stopped) {
        const chunk: Buffer | null = request.read();
        if (chunk !== null) {
          moved += chunk.byteLength;
          // A client need not pay for the time that the store takes.
          waiting = false;
          yield chunk;
          waiting = true;
        } else if (request.readableEnded || request.destroyed) break;
        else await this.#more();
      }
      // A body that broke off is not always an error of the stream.
      if (this.#stopped || !request.complete) throw new Error("the client broke off");
    } finally {
      unwatch();
    }
  }

  /** Resolves when there is more to read, when there will be nothing more, and when reading stops. */
  #more(): Promise<void> {
    const request = this.#request;
    return new Promise((resolve) => {
      const wake = () => {
        for (const event of EVENTS) request.off(event, wake);
        this.#wake = () => {};
        resolve();
      };
      for (const event of EVENTS) request.on(event, wake);
      this.#wake = wake;
    });
  }
}

const EVENTS = ["readable", "end", "close", "error"] as const;

/** How long a client that has its answer may go on sending, in milliseconds, and how long it may pause meanwhile. */
const LONGEST = 30_000;
const PAUSE = 5_000;

/**
 * Let a client that is still sending find its answer. A connection that is closed while bytes arrive that nobody has read
 * takes the answer with it: so what comes is thrown away, and only our half is closed behind the answer, until the client
 * has seen it (RFC 9112, section 9.6).
 */
function linger(incoming: IncomingMessage): void {
  const { socket } = incoming;
  const closeBoth = socket.destroySoon;
  let answered = false;
  // What Node does behind the last answer on a connection.
  socket.destroySoon = () => {
    answered = true;
    socket.end();
  };
  incoming.resume();
  const began = systemClock.now();
  let before = socket.bytesRead;
  const timer = systemClock.setInterval(() => {
    const paused = socket.bytesRead === before;
    before = socket.bytesRead;
    if (paused || systemClock.now() - began >= LONGEST) socket.destroy();
  }, PAUSE);
  const end = () => {
    timer.cancel();
    socket.destroySoon = closeBoth;
    if (answered) socket.destroySoon();
  };
  incoming.once("end", end);
  incoming.once("close", end);
}
