import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, isIP, type Socket } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { type AbortOptions, type ErrorCode, SeamlessError } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import { LONGEST_TIMEOUT, platformTimers } from "@seamless/internal/timers";
import { hashserverHandler } from "../server/handler.ts";
import type { HashserverHandlerOptions } from "../server/requests.ts";
import { checks, clientOf, type ProxyOptions, readLimits, type ServerLimits } from "./limits.ts";
import { listenersOf } from "./listener.ts";

export type { ServerLimits } from "./limits.ts";
export { nodeListener } from "./listener.ts";

export interface HashserverOptions extends HashserverHandlerOptions, ServerLimits, ProxyOptions {}

/** Where a server listens. */
export interface ListenOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /**
   * An address of this machine.
   * @default "127.0.0.1", which only this machine can reach
   */
  readonly host?: string | undefined;
}

/** A hashserver of its own. */
export interface Hashserver {
  readonly server: Server;
  /**
   * Begin to take requests.
   *
   * @throws {SeamlessError} `IO_ERROR`, `PERMISSION_DENIED` if the port is taken or not ours to take: another may be tried;
   * `INVALID_STATE` if it listens already, or is closed; `INVALID_ARGUMENT` for a number that is not a port.
   */
  listen(options: ListenOptions): Promise<{ readonly url: string; readonly host: string; readonly port: number }>;
  /**
   * Resolves when there has been no request for a time, counted from the end of the last answer, or from now.
   *
   * @param time - In milliseconds.
   */
  idle(time: number, options?: AbortOptions): Promise<void>;
  /**
   * Take no more requests, let those that are under way end, and close all connections.
   *
   * @param options.timeout - How long they may take, in milliseconds; then they are broken off.
   */
  close(options?: { readonly timeout?: number | undefined }): Promise<void>;
  /** Calls `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How long requests may go on after `close`, in milliseconds. */
const GRACE = 10_000;

/**
 * A Seamless hashserver on `node:http`: streams both ways in constant memory, and cuts off slow clients. It answers to the
 * names of this machine, to the address it listens on, and to `hosts`.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT`.
 *
 * @example
 * import { createHashserver } from "@seamless/remote/hashserver/node";
 * import { directoryStore } from "@seamless/remote/directory";
 * const server = createHashserver({ store: directoryStore("buffers"), writable: true });
 * const { url } = await server.listen({ port: 0 });
 * console.log((await fetch(`${url}healthcheck`)).status); // → 200
 * await server.close();
 */
export function createHashserver(options: HashserverOptions): Hashserver {
  const limits = readLimits(options);
  // Refuses wrong options here already; the names are known once it listens.
  hashserverHandler(options);
  clientOf(options.trustProxy);
  const server = createServer({
    maxHeaderSize: limits.maxHeaderSize,
    headersTimeout: limits.headersTimeout,
    // Node's own timers hold no more.
    keepAliveTimeout: Math.min(limits.keepAliveTimeout, LONGEST_TIMEOUT),
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeout),
    // Uploads take as long as they take, if they get on.
    requestTimeout: 0,
  });
  server.maxConnections = limits.maxConnections;

  const close = closerOf(server);
  let closing: Promise<void> | undefined;

  const hashserver: Hashserver = {
    server,
    async listen({ port, host = "127.0.0.1" }) {
      checks.wholeNumber("port", port, 0, 65_535);
      if (closing !== undefined) throw new SeamlessError("INVALID_STATE", "the server is closed");
      const hosts = serverNames(host, options.hosts ?? []);
      const handler = hashserverHandler({ ...options, hosts });
      const { address, family, port: bound } = await bind(server, host, port);
      // Only now, so that each request is answered once, also if it could not listen at first.
      const listeners = listenersOf(handler, { ...limits, trustProxy: options.trustProxy });
      server.on("request", listeners.request);
      server.on("checkContinue", listeners.checkContinue);
      return { url: `http://${family === "IPv6" ? `[${address}]` : address}:${bound}/`, host: address, port: bound };
    },
    async idle(time, { signal } = {}) {
      await whenIdle(server, checks.wholeNumber("time", time, 1), signal);
    },
    close({ timeout = GRACE } = {}) {
      closing ??= close(timeout);
      return closing;
    },
    [Symbol.asyncDispose]: () => hashserver.close(),
  };
  return hashserver;
}

/** Names of this machine that lead nowhere else. */
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"] as const;

/** Is this the address, or a name, of this machine alone? */
function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || /^127\.\d+\.\d+\.\d+$/.test(bare);
}

/**
 * The names that clients may call a server by, which listens on an address: a web page can make its own name lead here,
 * but not one of these.
 *
 * @param more - Further names, without port.
 */
function serverNames(address: string, more: readonly string[]): readonly string[] {
  const all = new Set<string>([literal(address), ...more, ...LOOPBACK]);
  if (!isLoopback(address)) all.add(hostname());
  if (EVERYWHERE.includes(address)) for (const each of ownAddresses()) all.add(literal(each));
  return [...all];
}

/** Listen on all addresses of this machine. */
const EVERYWHERE = ["0.0.0.0", "::"];

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}

/** As it stands in a URL. */
function literal(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}

/** Code of the system, or of Node → code of ours, and what to say. */
const FAULTS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  EADDRINUSE: ["IO_ERROR", "something else listens there already"],
  EADDRNOTAVAIL: ["IO_ERROR", "this machine has no such address"],
  EACCES: ["PERMISSION_DENIED", "that is not allowed (ports below 1,024 belong to the system)"],
  ENOTFOUND: ["IO_ERROR", "there is no such name"],
  ERR_SERVER_ALREADY_LISTEN: ["INVALID_STATE", "the server listens already"],
};

/** Let a server listen; rejects with one of our errors if it cannot. */
async function bind(server: Server, host: string, port: number): Promise<AddressInfo> {
  let fail = (_: Error) => {};
  try {
    await new Promise<void>((resolve, reject) => {
      fail = reject;
      server.once("error", fail);
      server.listen(port, host, resolve);
    });
    return server.address() as AddressInfo;
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    const [code, fault] = FAULTS[cause.code ?? ""] ?? ["IO_ERROR", String(cause.code)];
    throw new SeamlessError(code, `cannot listen on ${host}, port ${port}: ${fault}`, { cause });
  } finally {
    server.off("error", fail);
  }
}

/**
 * Resolves when a server has had no request for a time, counted from the end of the last answer.
 *
 * @param time - In milliseconds.
 * @throws the signal's reason.
 */
function whenIdle(server: Server, time: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let underWay = 0;
    const wait = () => platformTimers.setTimeout(() => end(resolve), time);
    const onRequest: RequestListener = (_, response) => {
      underWay += 1;
      timer.cancel();
      response.once("close", () => {
        underWay -= 1;
        if (underWay === 0 && !ended) timer = wait();
      });
    };
    let ended = false;
    const end = (settle: () => void) => {
      ended = true;
      timer.cancel();
      forget();
      for (const event of EVENTS) server.off(event, onRequest);
      settle();
    };
    let timer = wait();
    for (const event of EVENTS) server.prependListener(event, onRequest);
    let forget = () => {};
    forget = onAbort(signal, () => end(() => reject(signal?.reason)));
  });
}

const EVENTS = ["request", "checkContinue"] as const;

/** Between two looks for idle connections, in milliseconds. */
const IDLE_INTERVAL = 50;

/**
 * Makes the end of a server: takes no more connections, lets what is under way end, and closes the rest. To be called before the
 * server listens.
 *
 * @returns closes it; `timeout` is how long requests may still take, in milliseconds.
 */
function closerOf(server: Server): (timeout: number) => Promise<void> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const closeIdle = () => {
    server.closeIdleConnections();
    // One that has not asked for anything yet is not idle to Node.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
  return async (timeout) => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // Otherwise a client that has always one more question would keep us.
    for (const event of ["request", "checkContinue"]) server.prependListener(event, asLast);
    // A connection whose request has just ended is idle only now.
    const idle = setInterval(closeIdle, IDLE_INTERVAL);
    closeIdle();
    const timer = platformTimers.setTimeout(() => server.closeAllConnections(), timeout);
    await closed;
    timer.cancel();
    clearInterval(idle);
  };
}

const asLast: RequestListener = (_, response) => {
  response.setHeader("connection", "close");
};
