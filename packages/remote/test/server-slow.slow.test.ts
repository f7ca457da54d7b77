import { deferred } from "@seamless/internal/testing";
import { memoryStore } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { aiohttp, chunked, type RawClient, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, storeWith, until } from "./support/server-fixture.ts";

const A = sample(100_000, 1);
const hex = A.checksum.hex();

/** In milliseconds: how long a body may not get on in these tests. */
const STALL = 200;

const pause = (time: number) => new Promise((resolve) => setTimeout(resolve, time));

/** Write in portions until all is written or the connection has ended. */
async function trickle(client: RawClient, bytes: Uint8Array, portion: number, every: number): Promise<void> {
  for (let at = 0; at < bytes.byteLength && !client.socket.destroyed; at += portion) {
    await client.write(bytes.subarray(at, at + portion));
    await pause(every);
  }
}

describe("slow headers", () => {
  const part = `GET /${hex} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: `;

  test.each([
    ["none at all", ""],
    ["some", part],
  ])("%s: the connection is closed", async (_, start) => {
    const { port } = await serve({ store: memoryStore(), headersTimeout: 100 });
    const client = await rawClient(port);
    await client.write(start);
    expect(String(await client.ended())).toMatch(/^$|^HTTP\/1\.1 408 /);
  });

  test("one letter at a time, after a request that was in order", async () => {
    const { port } = await serve({ store: memoryStore(), headersTimeout: 200 });
    const client = await rawClient(port);
    await client.write(aiohttp("GET", "/healthcheck", port));
    expect((await client.response()).status).toBe(200);
    await client.write(part);
    await trickle(client, Buffer.alloc(1000, 97), 1, 10);
    expect(client.socket.destroyed).toBe(true);
  });

  test("a connection that nobody uses is closed", async () => {
    const { port } = await serve({ store: memoryStore(), keepAliveTimeout: 100 });
    const client = await rawClient(port);
    await client.write(aiohttp("GET", "/healthcheck", port));
    expect((await client.response()).status).toBe(200);
    expect(await client.ended()).toHaveLength(0);
  });
});

describe("uploads", () => {
  test.each([
    ["a few bytes now and then", { "Content-Length": 100_000 }, (bytes: Uint8Array) => bytes],
    ["the same in chunks", { "Transfer-Encoding": "chunked" }, (bytes: Uint8Array) => chunked(bytes)],
  ])("%s: given up, nothing is kept, and the next one is taken", async (_, headers, encode) => {
    const contents = new Map<string, Uint8Array>();
    const { port, errors } = await serve({ store: memoryStore({ contents }), writable: true, stallTimeout: STALL });
    const client = await rawClient(port);
    await client.write(aiohttp("PUT", `/${hex}`, port, headers));
    await trickle(client, encode(A.bytes), 20, 10);
    expect(client.socket.destroyed).toBe(true);
    expect(contents.size).toBe(0);
    const next = await rawClient(port);
    await next.write(aiohttp("PUT", `/${hex}`, port, { "Content-Length": 100_000 }), A.bytes);
    expect((await next.response()).status).toBe(200);
    expect(errors).toEqual([]);
  });

  test.each(["/has", "/buffer-length"])("a list, %s: given up", async (path) => {
    const { port, errors } = await serve({ store: memoryStore(), stallTimeout: STALL });
    const client = await rawClient(port);
    await client.write(aiohttp("GET", path, port, { "Content-Length": 1000 }), "[");
    expect(await client.ended()).toHaveLength(0);
    expect(errors).toEqual([]);
  });

  test("slow, but getting on: stored, however long it takes", async () => {
    const contents = new Map<string, Uint8Array>();
    // A busy machine may hold up a portion for a while: so the period is long, and the upload takes longer still.
    const stall = 5 * STALL;
    const { port } = await serve({ store: memoryStore({ contents }), writable: true, stallTimeout: stall });
    const client = await rawClient(port);
    const began = performance.now();
    await client.write(aiohttp("PUT", `/${hex}`, port, { "Content-Length": 100_000 }));
    // 20 kB/s, for five periods.
    await trickle(client, A.bytes, 2_000, stall / 10);
    expect(performance.now() - began).toBeGreaterThan(4 * stall);
    expect((await client.response()).status).toBe(200);
    expect(contents.get(hex)).toEqual(A.bytes);
  });

  test("a store that takes its time is no fault of the client", async () => {
    // As above.
    const stall = 5 * STALL;
    const chunks: number[] = [];
    const store = storeWith({
      async putStream(_, source) {
        for await (const chunk of source) {
          chunks.push(chunk.byteLength);
          if (chunks.length === 1) await pause(3 * stall);
        }
      },
    });
    const { port } = await serve({ store, writable: true, stallTimeout: stall });
    const client = await rawClient(port);
    // Half of it waits meanwhile, and half comes half a period later.
    await client.write(aiohttp("PUT", `/${hex}`, port, { "Content-Length": 100_000 }), A.bytes.subarray(0, 50_000));
    await pause(3.5 * stall);
    await client.write(A.bytes.subarray(50_000));
    expect((await client.response()).status).toBe(200);
    expect(chunks.reduce((sum, each) => sum + each)).toBe(100_000);
  });
});

describe("downloads", () => {
  /** A store of one large buffer, in chunks as large as they come. */
  function largeStore(chunks: number, size: number) {
    const ended = deferred();
    let pulled = 0;
    const store = storeWith({
      lengths: async () => [chunks * size],
      getStream: async () =>
        new ReadableStream<Uint8Array>(
          {
            pull(controller) {
              if (pulled++ === chunks) controller.close();
              else controller.enqueue(new Uint8Array(size));
            },
            cancel: () => ended.resolve(),
          },
          { highWaterMark: 0 },
        ),
    });
    return { store, ended };
  }

  test("a client that does not read: given up, and the store is told", async () => {
    const { store, ended } = largeStore(1000, 2 ** 20);
    const { port, errors } = await serve({ store, stallTimeout: STALL });
    const client = await rawClient(port);
    client.socket.pause();
    await client.write(aiohttp("GET", `/${hex}`, port));
    await ended.promise;
    expect(errors).toEqual([]);
  });

  test("a client that reads nothing of many small answers: given up", async () => {
    const { bytes, checksum } = sample(60_000);
    const { port, server } = await serve({
      store: memoryStore({ contents: new Map([[checksum.hex(), bytes]]) }),
      stallTimeout: STALL,
    });
    const client = await rawClient(port);
    client.socket.pause();
    void client.write(aiohttp("GET", `/${checksum.hex()}`, port).repeat(1000));
    await until(() => new Promise((resolve) => server.server.getConnections((_, count) => resolve(count === 0))));
  });

  test("slow, but getting on: all of it, however large the chunks are", async () => {
    const size = 8 * 2 ** 20;
    const { store } = largeStore(4, size);
    // A busy machine may hold up a part of a chunk for a while: so the period is long, and a chunk takes longer still.
    const stall = 5 * STALL;
    const { port } = await serve({ store, stallTimeout: stall });
    const client = await rawClient(port);
    let received = 0;
    client.socket.removeAllListeners("data");
    client.socket.on("data", (chunk) => {
      received += (chunk as Buffer).byteLength;
      client.socket.pause();
      setTimeout(() => client.socket.resume(), 10);
    });
    const began = performance.now();
    await client.write(aiohttp("GET", `/${hex}`, port, { Connection: "close" }));
    await client.ended();
    expect(received).toBeGreaterThan(4 * size);
    // As slow as it was meant to be: a chunk takes longer than a period.
    expect((performance.now() - began) / 4).toBeGreaterThan(stall);
  });
});
