import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A request, for answers that no HTTP library would give. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** All of the body. One that is not asked for is not read before there is an answer. */
  body(): Promise<Buffer>;
  /** For what is written, and for what is done to the connection. */
  readonly socket: Socket;
  readonly incoming: IncomingMessage;
  /** Which connection it came on, counted from 0. */
  readonly connection: number;
}

/** What to write; nothing if it has written itself, or keeps silent. */
export type RawAnswer = string | Uint8Array | undefined;

export interface RawServer {
  readonly url: string;
  readonly port: number;
  /** All that were begun, in order. */
  readonly requests: readonly RawRequest[];
  /** Connections that were ever made. */
  readonly connections: number;
  /** Connections that are open. */
  readonly open: ReadonlySet<Socket>;
}

/**
 * A server that answers with whatever bytes it is told to, past everything that would make HTTP of them: only the requests are
 * read by a library. Gone with the test.
 *
 * @param answer - Called as soon as the head of a request is there; `index` counts from 0.
 * @param port - Default one that is free.
 */
export async function rawServer(
  answer: (request: RawRequest, index: number) => RawAnswer | Promise<RawAnswer>,
  port = 0,
): Promise<RawServer> {
  const requests: RawRequest[] = [];
  const open = new Set<Socket>();
  const numbers = new Map<Socket, number>();
  const server = createServer({ requestTimeout: 0 }, async (incoming) => {
    const { method = "", url: path = "", headers, socket } = incoming;
    // Clients break off in these tests.
    incoming.on("error", () => {});
    const request: RawRequest = {
      method,
      path,
      headers,
      socket,
      incoming,
      connection: numbers.get(socket)!,
      body: async () => Buffer.concat(await incoming.toArray()),
    };
    requests.push(request);
    const answered = (async () => answer(request, requests.length - 1))();
    const bytes = await answered.catch((error) => {
      // Whoever reads the body notices, too.
      if (!incoming.errored) throw error;
    });
    if (bytes === undefined || socket.destroyed) return;
    socket.write(bytes);
    incoming.resume();
  });
  server.on("connection", (socket: Socket) => {
    numbers.set(socket, numbers.size);
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    requests,
    open,
    get connections() {
      return numbers.size;
    },
  };
}

/** Where nobody listens. */
export async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** An answer as it should be, unless the headers say otherwise. */
export function http(
  status: number,
  body: string | Uint8Array = "",
  headers: Readonly<Record<string, string | number>> = {},
): Buffer {
  const bytes = Buffer.from(body as string);
  return Buffer.concat([head(status, { "content-length": bytes.byteLength, ...headers }), bytes]);
}

/** The beginning of an answer. */
export function head(status: number, headers: Readonly<Record<string, string | number>>): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`HTTP/1.1 ${status} Whatever\r\n${lines.join("")}\r\n`);
}

/** A chunk of a body with `transfer-encoding: chunked`; an empty one ends it. */
export function chunk(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.byteLength.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}
