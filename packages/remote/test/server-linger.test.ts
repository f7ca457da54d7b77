import { once } from "node:events";
import { connect } from "node:net";
import { memoryStore } from "@seamless/store";
import { describe, expect, onTestFinished, test } from "vitest";
import type { HashserverOptions } from "../src/hashserver/node/server.ts";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, storeWith, until } from "./support/server-fixture.ts";

const A = sample(1000, 1);
const hex = A.checksum.hex();

/** More than all buffers of the system on the way take. */
const HUGE = Buffer.alloc(30_000_000, 7);

/** As Python's urllib does it: all of the request first, then the answer, on a connection that is to be closed. */
async function sendThenRead(port: number, head: string, body: Uint8Array): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.write(head);
    socket.write(body, (error) => (error ? reject(error) : resolve()));
  });
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}

describe("the answer to an upload that is refused reaches clients that send all of it first", () => {
  const urllib = (port: number, method: string, size = HUGE.byteLength) =>
    aiohttp(method, `/${hex}`, port, { "Content-Length": size, Connection: "close" });

  test.each<[number, Partial<HashserverOptions> & { contents?: Map<string, Uint8Array> }]>([
    [405, { writable: false }],
    [413, { maxBytes: 100 }],
    [401, { token: "t" }],
    [201, { contents: new Map([[hex, A.bytes]]) }],
  ])("%i", async (status, { contents, ...options }) => {
    const { port } = await serve({ store: memoryStore({ contents }), writable: true, ...options });
    const answer = await sendThenRead(port, urllib(port, "PUT"), HUGE);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain("\r\nconnection: close\r\n");
  });

  test("202", async () => {
    const { port } = await serve({ store: memoryStore(), writable: true });
    const first = await rawClient(port);
    await first.write(aiohttp("PUT", `/${hex}`, port, { "Content-Length": HUGE.byteLength }), HUGE.subarray(0, 1e6));
    await until(async () => (await sendThenRead(port, urllib(port, "PUT"), HUGE)).startsWith("HTTP/1.1 202 "));
  });

  test("an error of the store, in the middle", async () => {
    const store = storeWith({
      async putStream(_, source) {
        for await (const _ of source) throw new Error("no");
      },
    });
    const { port } = await serve({ store, writable: true });
    expect(await sendThenRead(port, urllib(port, "PUT"), HUGE)).toMatch(/^HTTP\/1.1 500 /);
  });

  test("HTTP/1.0, and a method that is none", async () => {
    const { port } = await serve({ store: memoryStore() });
    const old = urllib(port, "PUT").replace("HTTP/1.1", "HTTP/1.0");
    expect(await sendThenRead(port, old, HUGE)).toMatch(/^HTTP\/1.1 405 /);
    expect(await sendThenRead(port, urllib(port, "POST"), HUGE)).toMatch(/^HTTP\/1.1 405 /);
  });

  test("and the connection goes on to the next request where it is kept", async () => {
    const { port } = await serve({ store: memoryStore() });
    const client = await rawClient(port);
    await client.write(aiohttp("PUT", `/${hex}`, port, { "Content-Length": HUGE.byteLength }), HUGE);
    expect((await client.response()).status).toBe(405);
    await client.write(aiohttp("GET", "/healthcheck", port));
    expect((await client.response()).status).toBe(200);
  });
});
