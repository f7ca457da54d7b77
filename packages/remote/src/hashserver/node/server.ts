import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SeamlessError } from "@seamless/checksum";
import { type HashserverHandlerOptions, hashserverHandler } from "../server/index.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./limits.ts";
import { nodeListener } from "./listener.ts";
import { serverNames } from "./names.ts";

export interface HashserverOptions extends HashserverHandlerOptions, ServerLimits {}

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
   * @throws {SeamlessError} `IO_ERROR`, `PERMISSION_DENIED` if the port is taken or not ours to take.
   */
  listen(options: ListenOptions): Promise<{ readonly url: string; readonly host: string; readonly port: number }>;
  /**
   * Take no more requests, let those that are under way end, and close all connections.
   *
   * @param options.timeout - How long they may take, in milliseconds; then they are broken off.
   */
  close(options?: { readonly timeout?: number | undefined }): Promise<void>;
}

/** Between two looks for idle connections while closing, in milliseconds. */
const IDLE_INTERVAL = 50;

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
  const limits = withDefaults(options);
  // Refuses wrong options here already; the names are known once it listens.
  hashserverHandler(options);
  let closing: Promise<void> | undefined;
  const server = createServer({
    maxHeaderSize: limits.maxHeaderSize,
    headersTimeout: limits.headersTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeout),
    // Uploads take as long as they take, if they get on.
    requestTimeout: 0,
  });
  server.maxConnections = limits.maxConnections;

  const listen = async ({ port, host = "127.0.0.1" }: ListenOptions) => {
    const hosts = serverNames(host, options.hosts ?? []);
    const listener = nodeListener(hashserverHandler({ ...options, hosts }), limits);
    server.on("request", listener);
    // Leave to send is given when the body is wanted.
    server.on("checkContinue", listener);
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) => reject(listenFailure(host, port, cause)));
      server.listen(port, host, resolve);
    });
    const bound = server.address() as AddressInfo;
    const name = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
    return { url: `http://${name}:${bound.port}/`, host: bound.address, port: bound.port };
  };

  const close = async (timeout: number) => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // A connection whose request has just ended is idle only now.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_INTERVAL);
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), timeout);
    await closed;
    clearTimeout(timer);
    clearInterval(idle);
  };

  return {
    server,
    listen,
    close({ timeout = GRACE } = {}) {
      closing ??= close(timeout);
      return closing;
    },
  };
}

function withDefaults(options: ServerLimits): Required<{ [K in keyof ServerLimits]: number }> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(given) };
}

const FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else listens there already",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "that is not allowed (ports below 1,024 belong to the system)",
  ENOTFOUND: "there is no such name",
};

function listenFailure(host: string, port: number, cause: NodeJS.ErrnoException): SeamlessError {
  const fault = FAULTS[cause.code ?? ""] ?? String(cause.code);
  const code = cause.code === "EACCES" ? "PERMISSION_DENIED" : "IO_ERROR";
  return new SeamlessError(code, `cannot listen on ${host}, port ${port}: ${fault}`, { cause });
}
