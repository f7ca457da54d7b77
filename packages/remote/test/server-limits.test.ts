import { memoryStore } from "@seamless/store";
import { describe, expect, onTestFinished, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { createHashserver } from "../src/hashserver/node/server.ts";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, storeWith } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

const A = sample(1000, 1);
const B = sample(2000, 2);
const hex = A.checksum.hex();

describe("limits", () => {
  const NONE = "0".repeat(64);

  async function askList(port: number, body: string | Uint8Array, path = "/has") {
    const client = await rawClient(port);
    await client.write(aiohttp("GET", path, port, { "Content-Length": body.length }), body);
    const { status, body: text, complete } = await client.response();
    expect(complete).toBe(true);
    return [status, String(text)] as const;
  }

  test("of a list: so many checksums, and so many bytes", async () => {
    const { port } = await serve({ store: memoryStore(), maxChecksums: 3 });
    const list = (count: number) => JSON.stringify(Array(count).fill(NONE));
    expect(await askList(port, list(3))).toEqual([200, "[false,false,false]"]);
    expect(await askList(port, list(3).replaceAll(",", ",\n        "), "/buffer-length")).toEqual([200, "[0,0,0]"]);
    for (const body of [list(4), " ".repeat(1000), `[${" ".repeat(10_000_000)}`]) {
      expect(await askList(port, body)).toEqual([413, "At most 3 checksums at once.\n"]);
    }
    expect(await askList(port, "[]")).toEqual([200, "[]"]);
  });

  test("ten thousand at once, by default", async () => {
    let asked = 0;
    const store = storeWith({
      async has(checksums) {
        asked = checksums.length;
        return checksums.map((_, i) => i % 2 === 0);
      },
    });
    const { port } = await serve({ store });
    const [status, body] = await askList(port, JSON.stringify(Array(10_000).fill(NONE)));
    expect([status, asked, JSON.parse(body).length, body.slice(0, 11)]).toEqual([200, 10_000, 10_000, "[true,false"]);
    expect((await askList(port, JSON.stringify(Array(10_001).fill(NONE))))[0]).toBe(413);
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "[1,"],
    ["an object", "{}"],
    ["a text", JSON.stringify(hex)],
    ["numbers", "[1]"],
    ["null", `["${hex}",null]`],
    ["a list in a list", `[["${hex}"]]`],
    ["one that is too short", `["${hex.slice(1)}"]`],
    ["one with more behind it", `["${hex}\\n"]`],
    ["a path", '["../../../etc/passwd"]'],
    ["very deep", "[".repeat(500_000)],
    ["very deep lists that are closed", "[".repeat(100_000) + "]".repeat(100_000)],
    ["very deep dicts that are closed", `${'{"a":'.repeat(50_000)}0${"}".repeat(50_000)}`],
    ["a very deep list beside a checksum", `["${hex}",${"[".repeat(100_000)}${"]".repeat(100_000)}]`],
    ["not UTF-8", Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d])],
  ])("what is no list of checksums: %s", async (_, body) => {
    const { port, errors } = await serve({ store: memoryStore() });
    for (const path of ["/has", "/buffer-length"]) {
      const [status, text] = await askList(port, body, path);
      expect(status).toBe(400);
      expect(text).not.toContain("root:");
    }
    expect(errors).toEqual([]);
  });

  test("uppercase checksums, and the same one twice", async () => {
    const { port } = await serve({ store: memoryStore({ contents: new Map([[hex, A.bytes]]) }) });
    const body = JSON.stringify([hex.toUpperCase(), hex, NONE, hex]);
    expect(await askList(port, body)).toEqual([200, "[true,true,false,true]"]);
    expect(await askList(port, body, "/buffer-length")).toEqual([200, "[1000,1000,0,1000]"]);
  });

  test("of headers: 431", async () => {
    const { port } = await serve({ store: memoryStore(), maxHeaderSize: 4000 });
    for (const [size, status] of [
      [3000, 200],
      [5000, 431],
    ] as const) {
      const client = await rawClient(port);
      await client.write(aiohttp("GET", "/healthcheck", port, { "X-Large": "a".repeat(size) }));
      expect((await client.response()).status).toBe(status);
    }
  });

  test("of connections: one too many is closed, and has its place when another goes", async () => {
    const { port } = await serve({ store: memoryStore(), maxConnections: 2 });
    const [first, second] = [await rawClient(port), await rawClient(port)];
    for (const client of [first, second]) {
      await client.write(aiohttp("GET", "/healthcheck", port));
      expect((await client.response()).status).toBe(200);
    }
    const third = await rawClient(port);
    expect(await third.ended()).toHaveLength(0);
    first.reset();
    for (let status = 0; status !== 200; ) {
      const again = await rawClient(port);
      await again.write(aiohttp("GET", "/healthcheck", port));
      status = await again.response().then(
        (response) => response.status,
        () => 0,
      );
      again.reset();
    }
  });

  test("of a buffer: as many bytes as are allowed, and not one more", async () => {
    const folder = tempDir();
    for (const [maxBytes, status] of [
      [1999, 413],
      [2000, 200],
    ] as const) {
      const { port } = await serve({ store: directoryStore(folder), writable: true, maxBytes });
      for (const headers of [{ "Content-Length": 2000 }, { "Transfer-Encoding": "chunked" }]) {
        const client = await rawClient(port);
        const body = "Content-Length" in headers ? [B.bytes] : ["7d0\r\n", B.bytes, "\r\n0\r\n\r\n"];
        await client.write(aiohttp("PUT", `/${B.checksum.hex()}`, port, headers), ...body);
        expect([status, 201]).toContain((await client.response()).status);
      }
    }
  });
});

test("wrong options are refused", () => {
  const store = memoryStore();
  onTestFinished(() => store.close?.());
  const readOnly = memoryStore({ writable: false });
  for (const options of [
    { store: readOnly, writable: true },
    { store: {} as never },
    { store: undefined as never },
    { store, token: "" },
    { store, token: "two words" },
    { store, token: "ü" },
    { store, cors: "example.org" },
    { store, cors: ["https://example.org/"] },
    { store, cors: ["https://example.org/path"] },
    { store, maxBytes: 0 },
    { store, maxChecksums: -1 },
    { store, promiseTime: Number.NaN },
    { store, maxDecodedBytes: 0 },
    { store, maxDecodedRatio: 0.5 },
    { store, maxWaiting: 0 },
    { store, maxPromises: "7" as never },
    { store, hotBytes: -1 },
    { store, headersTimeout: 0 },
    { store, stallTimeout: -1 },
    { store, keepAliveTimeout: Number.POSITIVE_INFINITY },
    { store, maxConnections: 1.5 },
    { store, maxHeaderSize: -1 },
  ]) {
    const name = JSON.stringify({ ...options, store: undefined });
    try {
      createHashserver(options);
    } catch (error) {
      expect([name, (error as { code?: string }).code]).toEqual([name, "INVALID_ARGUMENT"]);
      continue;
    }
    expect.fail(`${name} was taken`);
  }
});
