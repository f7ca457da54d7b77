import { memoryStore } from "@seamless/store";
import { beforeAll, describe, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { hashserverHandler } from "../src/hashserver/index.ts";
import { createHashserver } from "../src/hashserver/node/server.ts";
import { fileOf, files, plant } from "./support/folder.ts";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve } from "./support/server-fixture.ts";
import { makeTempDir } from "./support/temp.ts";

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
    plant(`${folder}/secret`, "treasure");
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
    `HTTP://LOCALHOST:99/${hex}?x`,
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
    expect([found.status, found.complete, found.text.includes("treasure")]).toEqual([status, true, false]);
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

describe("the name that a server is called by", () => {
  test("two of them: 400, also where all are taken", async () => {
    const { port } = await serve({ store: memoryStore() });
    const hosts = (...names: readonly string[]) => names.map((name) => `Host: ${name}\r\n`).join("");
    for (const names of [
      ["127.0.0.1", "evil.example"],
      ["127.0.0.1", "127.0.0.1"],
      ["127.0.0.1, evil.example"],
      ["evil.example", "127.0.0.1"],
    ]) {
      const client = await rawClient(port);
      await client.write(`GET /healthcheck HTTP/1.1\r\n${hosts(...names)}\r\n`);
      expect([names, (await client.response()).status]).toEqual([names, 400]);
    }
    const handler = hashserverHandler({ store: memoryStore() });
    for (const headers of [
      { host: ["a", "b"] },
      new Headers([
        ["host", "a"],
        ["host", "b"],
      ]),
    ]) {
      expect((await handler({ method: "GET", url: "/healthcheck", headers, body: null })).status).toBe(400);
    }
  });

  test("is that of a whole URL, whatever the header says", async () => {
    const { port } = await serve({ store: memoryStore(), hosts: ["good.example"] });
    for (const [target, host, status] of [
      ["http://good.example/healthcheck", "evil.example", 200],
      ["http://good.example:99/healthcheck", "good.example", 200],
      ["http://evil.example/healthcheck", "good.example", 421],
      ["http://good.example@evil.example/healthcheck", "good.example", 421],
      ["http://evil.example:80@good.example/healthcheck", "good.example", 421],
      ["http:///healthcheck", "good.example", 421],
      ["//evil.example/healthcheck", "good.example", 404],
    ] as const) {
      const client = await rawClient(port);
      await client.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect([target, (await client.response()).status]).toEqual([target, status]);
    }
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

  test("what every object has is no method", async () => {
    const handler = hashserverHandler({ store: memoryStore() });
    for (const method of ["constructor", "toString", "__proto__"]) {
      for (const url of [`/${hex}`, "/has"]) {
        expect(await handler({ method, url, headers: {}, body: null })).toMatchObject({ status: 405 });
      }
    }
  });

  test("an upgrade that nobody offers is a plain request", async () => {
    const { port } = await serve({ store: memoryStore() });
    const headers = { Connection: "Upgrade", Upgrade: "websocket" };
    expect(await ask(port, "GET", "/healthcheck", headers)).toMatchObject({ status: 200, text: "OK" });
  });
});
