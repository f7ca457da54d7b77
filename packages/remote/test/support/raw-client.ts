import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** An answer, as it came over the wire. */
interface RawResponse {
  readonly status: number;
  /** All before the body, the time of day left out, since it is another each time. */
  readonly head: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Has as much of the body come as was announced? */
  readonly complete: boolean;
}

/** A connection on which nothing is HTTP but what the test makes so. */
export interface RawClient {
  readonly socket: Socket;
  /** Resolves when it is with the system. */
  write(...parts: readonly (string | Uint8Array)[]): Promise<void>;
  /**
   * The next answer; also one that broke off.
   *
   * @param options.bodiless - As after a HEAD.
   */
  response(options?: { readonly bodiless?: boolean }): Promise<RawResponse>;
  /** What has come and was not taken as an answer. */
  rest(): Buffer;
  /** Resolves when the connection has ended, with everything that was left. */
  ended(): Promise<Buffer>;
  /** The connection breaks, as when a process is killed. */
  reset(): void;
}

/** Connect to a server on this machine. The connection goes away with the test. */
export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: "127.0.0.1" });
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  onTestFinished(() => void socket.destroy());
  return clientOf(socket);
}

function clientOf(socket: Socket): RawClient {
  let bytes = Buffer.alloc(0);
  let over = false;
  let wake = () => {};
  socket.on("data", (chunk) => {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    wake();
  });
  // A connection that is reset ends, too.
  socket.on("error", () => {});
  for (const event of ["end", "close"]) {
    socket.on(event, () => {
      over = true;
      wake();
    });
  }
  const until = async (isSo: () => boolean) => {
    while (!isSo() && !over) await new Promise<void>((resolve) => (wake = resolve));
  };
  const take = (length: number) => {
    const taken = bytes.subarray(0, length);
    bytes = bytes.subarray(length);
    return taken;
  };
  return {
    socket,
    write(...parts) {
      const all = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
      return new Promise((resolve) => void socket.write(all, () => resolve()));
    },
    async response({ bodiless = false } = {}) {
      const end = () => bytes.indexOf("\r\n\r\n");
      await until(() => end() !== -1);
      if (end() === -1) throw new Error(`no answer, but ${JSON.stringify(bytes.toString("latin1"))}`);
      const head = take(end() + 4).toString("latin1");
      const [line = "", ...lines] = head.trimEnd().split("\r\n");
      const status = Number(line.split(" ")[1]);
      const headers = new Map(lines.map((each) => [each.split(": ")[0]!.toLowerCase(), each.replace(/^.*?: /, "")]));
      const empty = bodiless || status < 200 || status === 204 || status === 304;
      const length = empty ? 0 : Number(headers.get("content-length"));
      await until(() => bytes.byteLength >= length);
      return {
        status,
        head: head.replace(/Date: .*?\r\n/, ""),
        headers,
        complete: bytes.byteLength >= length,
        body: take(length),
      };
    },
    rest: () => bytes,
    async ended() {
      await until(() => false);
      return bytes;
    },
    reset: () => void socket.resetAndDestroy(),
  };
}

/** The head of a request as Python's aiohttp sends it. */
export function aiohttp(
  method: string,
  target: string,
  port: number,
  headers: Readonly<Record<string, string | number>> = {},
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return (
    `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n` +
    `User-Agent: Python/3.11 aiohttp/3.9.1\r\n${lines.join("")}\r\n`
  );
}

/** A body with `Transfer-Encoding: chunked`, as aiohttp sends it: each chunk as it comes, then the end. */
export function chunked(...chunks: readonly Uint8Array[]): Buffer {
  const parts = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.byteLength.toString(16)}\r\n`),
    chunk,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}
