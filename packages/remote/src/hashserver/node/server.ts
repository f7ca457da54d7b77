import { createServer, type Server } from "node:http";
import { SeamlessError } from "@seamless/checksum";
import { type HashserverHandlerOptions, hashserverHandler } from "../server/index.ts";
import { checkLimit, LONGEST } from "../server/limit.ts";
import { bind } from "./bind.ts";
import { clientOf } from "./client-address.ts";
import { closerOf } from "./close.ts";
import { whenIdle } from "./idle.ts";
import { type ProxyOptions, readLimits, type ServerLimits } from "./limits.ts";
import { listenersOf } from "./listener.ts";
import { serverNames } from "./names.ts";

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
   * `INVALID_STATE` if it listens already, or is closed; `INVALID_ARGUMENT` for what is no port.
   */
  listen(options: ListenOptions): Promise<{ readonly url: string; readonly host: string; readonly port: number }>;
  /**
   * Resolves when there has been no request for a time, counted from the end of the last answer, or from now.
   *
   * @param time - In milliseconds.
   */
  idle(time: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /**
   * Take no more requests, let those that are under way end, and close all connections.
   *
   * @param options.timeout - How long they may take, in milliseconds; then they are broken off.
   */
  close(options?: { readonly timeout?: number | undefined }): Promise<void>;
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
    keepAliveTimeout: Math.min(limits.keepAliveTimeout, LONGEST),
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeout),
    // Uploads take as long as they take, if they get on.
    requestTimeout: 0,
  });
  server.maxConnections = limits.maxConnections;

  const close = closerOf(server);
  let closing: Promise<void> | undefined;

  return {
    server,
    async listen({ port, host = "127.0.0.1" }) {
      checkLimit("port", port, 0, 65_535);
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
      await whenIdle(server, checkLimit("time", time), signal);
    },
    close({ timeout = GRACE } = {}) {
      closing ??= close(timeout);
      return closing;
    },
  };
}
