import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { memoryStore } from "@seamless/store";
import { describe, expect, onTestFinished, test } from "vitest";
import { hashserverHandler } from "../src/hashserver/index.ts";
import { nodeListener } from "../src/hashserver/node/server.ts";
import { aiohttp, chunked, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { type Served, serve } from "./support/server-fixture.ts";

const A = sample(1000, 1);
const B = sample(2_000, 2);
const LARGE = sample(600_000, 3);
const [a, b, large] = [A, B, LARGE].map(({ checksum }) => checksum.hex()) as [string, string, string];

/** The hex digits of no buffer. */
const NONE = "0".repeat(64);

const OCTETS = { "Content-Type": "application/octet-stream" };

async function server(): Promise<Served & { readonly contents: ReadonlyMap<string, Uint8Array> }> {
  const contents = new Map([[a, A.bytes]]);
  return { ...(await serve({ store: memoryStore({ contents }), writable: true })), contents };
}

/** What answers of text look like, byte by byte but for the date. */
function answer(status: string, body: string, type = "text/plain; charset=utf-8"): string {
  return (
    `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n` +
    "x-content-type-options: nosniff\r\ncross-origin-resource-policy: same-origin\r\nConnection: keep-alive\r\nKeep-Alive: timeout=60\r\n\r\n"
  );
}

describe("requests as aiohttp sends them", () => {
  test("GET: the bytes, framed by their length, which may be kept forever", async () => {
    const { port } = await server();
    const client = await rawClient(port);
    await client.write(aiohttp("GET", `/${a}`, port));
    const { head, body } = await client.response();
    expect(head).toBe(
      "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: 1000\r\n" +
        `cache-control: public, max-age=31536000, immutable\r\netag: "${a}"\r\nx-content-type-options: nosniff\r\n` +
        "cross-origin-resource-policy: same-origin\r\naccept-ranges: bytes\r\nConnection: keep-alive\r\nKeep-Alive: timeout=60\r\n\r\n",
    );
    expect(body.equals(A.bytes)).toBe(true);
  });

  test("a GET with a JSON list as its body, and many requests on one connection", async () => {
    const { port } = await server();
    const client = await rawClient(port);
    const list = JSON.stringify([a, b, a]);
    const headers = { "Content-Length": list.length, "Content-Type": "application/json" };
    const ask = async (path: string, ...body: readonly string[]) => {
      await client.write(aiohttp("GET", path, port, headers));
      await client.write(...body);
      const { head, body: found } = await client.response();
      return [head, found.toString()];
    };
    const json = (body: string) => [answer("200 OK", body, "application/json"), body];
    expect(await ask("/has", list)).toEqual(json("[true,false,true]"));
    expect(await ask("/buffer-length", list)).toEqual(json("[1000,0,1000]"));
    // In chunks, as a slow network delivers it.
    expect(await ask("/has", list.slice(0, 50), list.slice(50))).toEqual(json("[true,false,true]"));
    expect(await ask("/has", `[${" ".repeat(list.length - 2)}]`)).toEqual(json("[]"));
    await client.write(aiohttp("GET", "/healthcheck", port));
    const health = await client.response();
    // What uploads may be encoded with, too.
    const head = answer("200 OK", "OK").replace("same-origin\r\n", "same-origin\r\naccept-encoding: zstd, gzip\r\n");
    expect([health.head, health.body.toString()]).toEqual([head, "OK"]);
    expect(client.rest()).toHaveLength(0);
  });

  test("a list of json.dumps, with its spaces, and a list in chunks", async () => {
    const { port } = await server();
    const client = await rawClient(port);
    const list = `["${a}", "${b}"]`;
    await client.write(aiohttp("GET", "/has", port, { "Content-Length": list.length }), list);
    expect(String((await client.response()).body)).toBe("[true,false]");
    await client.write(aiohttp("GET", "/has", port, { "Transfer-Encoding": "chunked" }), chunked(Buffer.from(list)));
    expect(String((await client.response()).body)).toBe("[true,false]");
  });

  test("PUT of bytes: 200 when they are new, 201 after that; both on one connection", async () => {
    const { port, contents } = await server();
    const client = await rawClient(port);
    const head = aiohttp("PUT", `/${b}`, port, { "Content-Length": 2000, ...OCTETS });
    for (const [expected, body] of [
      [answer("200 OK", "OK"), "OK"],
      [
        answer("201 Created", "")
          .replace(/content-type: .*?\r\n/, "")
          // What was there has been hashed.
          .replace("Connection", `etag: "${b}"\r\nConnection`),
        "",
      ],
    ] as const) {
      await client.write(head);
      await client.write(B.bytes);
      const found = await client.response();
      expect([found.head, found.body.toString()]).toEqual([expected, body]);
      expect(contents.get(b)).toEqual(B.bytes);
    }
  });

  test("PUT in chunks, the generator of a file", async () => {
    const { port, contents } = await server();
    const client = await rawClient(port);
    const chunks = [LARGE.bytes.subarray(0, 1), LARGE.bytes.subarray(1, 300_000), LARGE.bytes.subarray(300_000)];
    await client.write(aiohttp("PUT", `/${large}`, port, { ...OCTETS, "Transfer-Encoding": "chunked" }));
    await client.write(chunked(...chunks));
    expect((await client.response()).head).toBe(answer("200 OK", "OK"));
    expect(Buffer.from(contents.get(large)!).equals(LARGE.bytes)).toBe(true);
    // The connection is at the beginning of the next request.
    await client.write(aiohttp("GET", `/${a}`, port));
    expect((await client.response()).status).toBe(200);
  });

  test("PUT of wrong bytes: 400, and nothing is there", async () => {
    const { port, contents } = await server();
    const client = await rawClient(port);
    await client.write(aiohttp("PUT", `/${b}`, port, { "Content-Length": 1000, ...OCTETS }), A.bytes);
    const found = await client.response();
    expect([found.head, String(found.body)]).toEqual([
      answer("400 Bad Request", "Incorrect checksum"),
      "Incorrect checksum",
    ]);
    expect([...contents.keys()]).toEqual([a]);
    await client.write(aiohttp("GET", `/${b}`, port));
    const missing = await client.response();
    expect([missing.status, missing.headers.get("cache-control")]).toEqual([404, "no-store"]);
  });

  test("PUT of a promise", async () => {
    const { port } = await server();
    const client = await rawClient(port);
    await client.write(aiohttp("PUT", `/promise/${b}`, port, { "Content-Length": 0, ...OCTETS }));
    const body = `{"checksum":"${b}","expires_in":600.0}`;
    const promised = await client.response();
    expect([promised.head, String(promised.body)]).toEqual([answer("202 Accepted", body, "application/json"), body]);
    const list = JSON.stringify([b, NONE]);
    for (const [path, found] of [
      ["/has", "[true,false]"],
      // It is not there yet, and has no length.
      ["/buffer-length", "[0,0]"],
    ] as const) {
      await client.write(aiohttp("GET", path, port, { "Content-Length": list.length }), list);
      expect(String((await client.response()).body)).toBe(found);
    }
  });

  test("Connection: close, and HTTP/1.0, which has no other way", async () => {
    const { port } = await server();
    for (const request of [
      aiohttp("GET", `/${a}`, port, { Connection: "close" }),
      `GET /${a} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n`,
    ]) {
      const client = await rawClient(port);
      await client.write(request);
      const { status, headers, complete } = await client.response();
      expect([status, headers.get("connection"), complete]).toEqual([200, "close", true]);
      expect(await client.ended()).toHaveLength(0);
    }
  });
});

describe("Expect: 100-continue", () => {
  const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
  const head = (port: number, path: string, length: number) =>
    aiohttp("PUT", path, port, { "Content-Length": length, ...OCTETS, Expect: "100-continue" });

  test("leave to send, once, when the body is wanted", async () => {
    const { port, contents } = await server();
    const client = await rawClient(port);
    for (const wanted of [B, LARGE]) {
      await client.write(head(port, `/${wanted.checksum.hex()}`, wanted.bytes.byteLength));
      expect((await client.response()).head).toBe(CONTINUE);
      await client.write(wanted.bytes);
      expect((await client.response()).head).toBe(answer("200 OK", "OK"));
      expect(contents.has(wanted.checksum.hex())).toBe(true);
    }
    const list = JSON.stringify([a]);
    await client.write(aiohttp("GET", "/has", port, { "Content-Length": list.length, Expect: "100-continue" }));
    expect((await client.response()).head).toBe(CONTINUE);
    await client.write(list);
    expect(String((await client.response()).body)).toBe("[true]");
  });

  test.each([
    ["already there", 201, `/${a}`, {}, {}],
    ["no checksum", 400, "/abc", {}, {}],
    ["nowhere", 404, "/a/b", {}, {}],
    ["too large", 413, `/${b}`, { maxBytes: 1999 }, {}],
    ["read-only", 405, `/${b}`, { writable: false }, {}],
    ["no token", 401, `/${b}`, { token: "t" }, {}],
    ["not that name", 421, `/${b}`, { hosts: ["localhost"] }, { host: "evil.example" }],
    ["a coding that is not known", 415, `/${b}`, {}, { "Content-Encoding": "br" }],
  ])("none where it is not: %s, %i", async (_, status, path, options, { host, ...more }: Record<string, string>) => {
    const store = memoryStore({ contents: new Map([[a, A.bytes]]) });
    const { port } = await serve({ store, writable: true, ...options });
    const client = await rawClient(port);
    const request = aiohttp("PUT", path, port, { "Content-Length": 2000, ...more, Expect: "100-continue" });
    await client.write(request.replace(/Host: .*/, (line) => (host === undefined ? line : `Host: ${host}`)));
    const found = await client.response();
    // What follows could be a body or a request: nobody knows, and so nothing may follow.
    expect([found.status, found.headers.get("connection"), found.complete]).toEqual([status, "close", true]);
    expect(await client.ended()).toHaveLength(0);
  });

  test("on a server of one's own, where Node gives leave: not twice", async () => {
    const own = createServer(nodeListener(hashserverHandler({ store: memoryStore(), writable: true })));
    await new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void own.close());
    const { port } = own.address() as AddressInfo;
    const client = await rawClient(port);
    await client.write(head(port, `/${b}`, 2000), B.bytes);
    expect((await client.response()).head).toBe(CONTINUE);
    expect((await client.response()).status).toBe(200);
    client.reset();
  });

  test("HTTP/1.0 knows no such thing", async () => {
    const { port, contents } = await server();
    const client = await rawClient(port);
    await client.write(head(port, `/${b}`, 2000).replace("HTTP/1.1", "HTTP/1.0"), B.bytes);
    expect((await client.response()).status).toBe(200);
    expect(contents.has(b)).toBe(true);
  });
});

describe("pipelined requests", () => {
  test("are answered in order, whatever takes longer", async () => {
    const { port, contents } = await server();
    const client = await rawClient(port);
    const list = JSON.stringify([a, b]);
    await client.write(
      aiohttp("PUT", `/${b}`, port, { "Content-Length": 2000 }),
      B.bytes,
      aiohttp("GET", "/has", port, { "Content-Length": list.length }),
      list,
      aiohttp("GET", `/${a}`, port),
      aiohttp("PUT", `/${large}`, port, { "Transfer-Encoding": "chunked" }),
      chunked(LARGE.bytes),
      aiohttp("HEAD", `/${large}`, port),
      aiohttp("GET", `/${large}`, port),
      aiohttp("GET", `/${NONE}`, port),
    );
    const statuses: number[] = [];
    for (const bodiless of [false, false, false, false, true, false, false]) {
      const { status, body } = await client.response({ bodiless });
      statuses.push(status);
      if (statuses.length === 2) expect(String(body)).toBe("[true,true]");
      if (statuses.length === 3) expect(body.equals(A.bytes)).toBe(true);
      if (statuses.length === 6) expect(body.equals(LARGE.bytes)).toBe(true);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 404]);
    expect(contents.size).toBe(3);
  });
});
