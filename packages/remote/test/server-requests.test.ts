import { memoryStore } from "@seamless/cache";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { createHashserver } from "../src/hashserver/node/index.ts";
import { fileOf, files, plant } from "./support/folder.ts";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve, storeWith } from "./support/server-fixture.ts";
import { makeTempDir, tempDir } from "./support/temp.ts";

const A = sample(1000, 1);
const B = sample(2000, 2);
const hex = A.checksum.hex();

/** Answers to one request after the other, each on a connection of its own. */
async function ask(port: number, method: string, target: string, headers: Record<string, string | number> = {}) {
  const client = await rawClient(port);
  await client.write(aiohttp(method, target, port, headers));
  const response = await client.response({ bodiless: method === "HEAD" });
  return { ...response, text: String(response.body) };
}

describe("targets of requests", () => {
  let port: number;
  let folder: string;
  beforeAll(async () => {
    folder = makeTempDir();
    plant(fileOf(folder, A.checksum), A.bytes);
    plant(`${folder}/secret`, "secret");
    const server = createHashserver({ store: directoryStore(folder), writable: true });
    ({ port } = await server.listen({ port: 0 }));
    return () => server.close({ timeout: 0 });
  });

  test.each([
    `/${hex}`,
    `/${hex.toUpperCase()}`,
    `/${hex}?`,
    `/${hex}?x=/../../etc/passwd`,
    `http://127.0.0.1/${hex}`,
    `HTTP://elsewhere.example:99/${hex}?x`,
  ])("%s is the buffer", async (target) => {
    expect(await ask(port, "GET", target)).toMatchObject({ status: 200, body: Buffer.from(A.bytes) });
  });

  test.each([
    ["/", 404],
    ["*", 404],
    ["http://127.0.0.1", 404],
    ["//", 404],
    [`//${hex}`, 404],
    [`/${hex}/`, 404],
    [`/x/${hex}`, 404],
    [`/promise/x/${hex}`, 404],
    ["/has/", 404],
    ["/../secret", 404],
    ["/../../../../../../../etc/passwd", 404],
    [`/ab/../${hex}`, 404],
    ["/secret", 400],
    ["/.HASHSERVER_PREFIX", 400],
    ["/..", 400],
    ["/..%2fsecret", 400],
    ["/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 400],
    ["/..\\secret", 400],
    ["/%00", 400],
    [`/${hex}%00`, 400],
    [`/${hex}%0a`, 400],
    [`/${hex}.gz`, 400],
    [`/${hex}.LOCK`, 400],
    [`/${hex}0`, 400],
    [`/${hex.slice(1)}`, 400],
    [`/${hex.slice(1)}g`, 400],
    [`/%${hex.charCodeAt(0).toString(16)}${hex.slice(1)}`, 400],
    [`/${"a".repeat(12_000)}`, 400],
    ["/__proto__", 400],
    ["/constructor", 400],
    ["/HAS", 400],
    ["/favicon.ico", 400],
  ])("GET %s: %i", async (target, status) => {
    const found = await ask(port, "GET", target);
    expect([found.status, found.complete, found.text.includes("secret")]).toEqual([status, true, false]);
  });

  test.each([
    ["a NUL in the target", "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["bytes over ASCII in the target", `GET /\xff${hex} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ["no version", `GET /${hex}\r\n\r\n`],
    ["no host", `GET /${hex} HTTP/1.1\r\n\r\n`],
    ["a space before a colon", `GET /${hex} HTTP/1.1\r\nHost : x\r\n\r\n`],
    ["a header that is folded", `GET /${hex} HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n`],
    ["TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  ])("what is no request: %s", async (_, request) => {
    const client = await rawClient(port);
    await client.write(request);
    const all = String(await client.ended());
    expect(all === "" || /^HTTP\/1\.1 (400|421) /.test(all)).toBe(true);
  });

  test("keys of uploads, too", async () => {
    for (const target of ["/../x", "/..%2fx", "/%00", `/${hex}.gz`, "/promise/..%2fx", "/promise/", "/x/y"]) {
      const client = await rawClient(port);
      await client.write(aiohttp("PUT", target, port, { "Content-Length": 1000 }), A.bytes);
      expect([400, 404]).toContain((await client.response()).status);
    }
    const client = await rawClient(port);
    const upper = B.checksum.hex().toUpperCase();
    await client.write(aiohttp("PUT", `/${upper}`, port, { "Content-Length": 2000 }), B.bytes);
    expect((await client.response()).status).toBe(200);
    const stored = [A, B].map(({ checksum }) => fileOf(folder, checksum).slice(folder.length + 1));
    expect(files(folder).filter((file) => !file.startsWith("."))).toEqual([...stored, "secret"].sort());
  });
});

describe("methods", () => {
  const methods = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "TRACE", "PROPFIND", "MKCOL"];
  test.each([
    [`/${hex}`, true, "GET, HEAD, PUT"],
    [`/${hex}`, false, "GET, HEAD"],
    [`/promise/${hex}`, true, "PUT"],
    [`/promise/${hex}`, false, ""],
    ["/has", true, "GET"],
    ["/buffer-length", true, "GET"],
    ["/healthcheck", true, "GET, HEAD"],
  ])("%s, writable: %s", async (path, writable, allowed) => {
    const { port } = await serve({ store: memoryStore(), writable });
    for (const method of methods) {
      const { status, headers } = await ask(port, method, path, { "Content-Length": 0 });
      const isAllowed = allowed.split(", ").includes(method);
      expect([method, status === 405, headers.get("allow")]).toEqual([
        method,
        !isAllowed,
        isAllowed ? undefined : allowed,
      ]);
    }
    expect(await ask(port, "OPTIONS", path)).toMatchObject({ status: 204 });
    expect((await ask(port, "OPTIONS", path)).headers.get("allow")).toBe(allowed);
  });

  test("a method that Node does not know, and CONNECT, end the connection", async () => {
    const { port } = await serve({ store: memoryStore() });
    for (const request of ["FETCH", "get", "CONNECT"].map((method) => aiohttp(method, `/${hex}`, port))) {
      const client = await rawClient(port);
      await client.write(request);
      expect(String(await client.ended())).not.toContain("200");
    }
  });

  test("an upgrade that nobody offers is a plain request", async () => {
    const { port } = await serve({ store: memoryStore() });
    const headers = { Connection: "Upgrade", Upgrade: "websocket" };
    expect(await ask(port, "GET", "/healthcheck", headers)).toMatchObject({ status: 200, text: "OK" });
  });
});

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
    ["not UTF-8", Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d])],
  ])("what is no list of checksums: %s", async (_, body) => {
    const { port, errors } = await serve({ store: memoryStore() });
    for (const path of ["/has", "/buffer-length"]) {
      const [status, text] = await askList(port, body, path);
      expect(status).toBe(400);
      expect(text).not.toContain("passwd");
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
    expect((await ask(port, "GET", "/healthcheck", { "X-Large": "a".repeat(3000) })).status).toBe(200);
    expect((await ask(port, "GET", "/healthcheck", { "X-Large": "a".repeat(5000) })).status).toBe(431);
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
    // More than a timer can hold would end at once.
    { store, promiseTime: 2 ** 31 },
    { store, maxPromises: "7" as never },
    { store, hotBytes: -1 },
    { store, headersTimeout: 0 },
    { store, stallTimeout: 2 ** 31 },
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
