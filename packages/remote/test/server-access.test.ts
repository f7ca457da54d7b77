import { memoryStore } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { type HashserverHandlerOptions, hashserverHandler, webHandler } from "../src/hashserver/index.ts";
import { createHashserver } from "../src/hashserver/node/server.ts";
import { aiohttp, rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve } from "./support/server-fixture.ts";

const A = sample(1000);
const hex = A.checksum.hex();

type Headers = Readonly<Record<string, string>>;

/** A handler, asked as an adapter would. */
function handlerOf(options: Partial<HashserverHandlerOptions>) {
  const store = memoryStore({ contents: new Map([[hex, A.bytes]]) });
  const handler = hashserverHandler({ store, writable: true, ...options });
  return async (method: string, path: string, headers: Headers = {}) => {
    const { status, headers: found } = await handler({ method, url: path, headers, body: null });
    return { status, headers: found };
  };
}

describe("a token", () => {
  const token = "s3cret.token~+/=";
  const ask = handlerOf({ token });

  test.each([
    undefined,
    "",
    "Bearer",
    "Bearer ",
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    `Bearer ${token.toUpperCase()}`,
    `Bearer ${token} x`,
    `Basic ${token}`,
    token,
  ])("%s: 401 for everything but the health check", async (authorization) => {
    const headers: Headers = authorization === undefined ? {} : { authorization };
    for (const [method, path] of [
      ["GET", `/${hex}`],
      ["HEAD", `/${hex}`],
      ["PUT", `/${hex}`],
      ["PUT", `/promise/${hex}`],
      ["GET", "/has"],
      ["GET", "/buffer-length"],
      ["GET", "/nowhere"],
      ["DELETE", `/${hex}`],
      ["GET", "/healthcheck/"],
      ["GET", `/${hex}?/healthcheck`],
    ] as const) {
      const found = await ask(method, path, headers);
      expect([method, path, found.status]).toEqual([method, path, 401]);
      expect(found.headers["www-authenticate"]).toBe('Bearer realm="hashserver"');
    }
    expect((await ask("GET", "/healthcheck", headers)).status).toBe(200);
  });

  test("the right one; whatever is kept between here and there is the client's alone", async () => {
    for (const authorization of [`Bearer ${token}`, `bearer   ${token}`]) {
      const found = await ask("GET", `/${hex}`, { authorization });
      expect([found.status, found.headers["cache-control"]]).toEqual([200, "private, max-age=31536000, immutable"]);
      const unchanged = await ask("GET", `/${hex}`, { authorization, "if-none-match": `"${hex}"` });
      expect([unchanged.status, unchanged.headers["cache-control"]]).toEqual([304, found.headers["cache-control"]]);
    }
  });

  test("is not told by a 304, either", async () => {
    expect((await ask("GET", `/${hex}`, { "if-none-match": `"${hex}"` })).status).toBe(401);
  });
});

describe("CORS", () => {
  const origin = "https://a.example";
  const ask = handlerOf({ cors: [origin, "http://localhost:8080"], token: "t" });
  const shown = (headers: Headers) => Object.keys(headers).filter((name) => name.startsWith("access-control"));

  test("an origin that is allowed may read every answer, failures too", async () => {
    const authorization = "Bearer t";
    for (const [path, status, more] of [
      [`/${hex}`, 200, { authorization }],
      [`/${"0".repeat(64)}`, 404, { authorization }],
      [`/${hex}`, 304, { authorization, "if-none-match": `"${hex}"` }],
      ["/x", 400, { authorization }],
      [`/${hex}`, 401, {}],
      ["/healthcheck", 200, {}],
    ] as const) {
      for (const each of [origin, "http://localhost:8080"]) {
        const found = await ask("GET", path, { origin: each, ...more });
        expect(found.status).toBe(status);
        expect(found.headers["access-control-allow-origin"]).toBe(each);
        expect(found.headers["access-control-expose-headers"]).toContain("content-length");
        expect(found.headers["vary"]).toBe("origin");
        expect(found.headers["access-control-allow-credentials"]).toBeUndefined();
      }
    }
  });

  test.each([
    "https://b.example",
    "http://a.example",
    "https://a.example:444",
    "https://a.example.evil.example",
    "https://A.example",
    "null",
    "*",
    "",
  ])("%s is not", async (other) => {
    for (const method of ["GET", "OPTIONS"]) {
      const found = await ask(method, `/${hex}`, { origin: other, authorization: "Bearer t" });
      expect(found.headers["access-control-allow-origin"]).toBeUndefined();
      // A cache must not give this answer to those who are allowed, nor theirs to this one.
      expect(found.headers["vary"]).toBe("origin");
    }
  });

  test("without an origin: nothing, but that it varies", async () => {
    const found = await ask("GET", `/${hex}`, { authorization: "Bearer t" });
    expect([shown(found.headers), found.headers["vary"]]).toEqual([[], "origin"]);
  });

  test("a preflight needs no token, which browsers do not send with it", async () => {
    for (const path of [`/${hex}`, `/promise/${hex}`, "/has"]) {
      const headers = {
        origin,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "authorization",
      };
      const found = await ask("OPTIONS", path, headers);
      expect(found.status).toBe(204);
      expect(found.headers).toMatchObject({
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, HEAD, PUT, DELETE",
        "access-control-allow-headers": "authorization, content-type, content-encoding",
        vary: "origin",
      });
    }
  });

  test("*: everybody", async () => {
    const all = handlerOf({ cors: "*" });
    for (const each of ["https://b.example", "null"]) {
      expect((await all("GET", `/${hex}`, { origin: each })).headers["access-control-allow-origin"]).toBe("*");
      expect((await all("OPTIONS", `/${hex}`, { origin: each })).headers["access-control-allow-methods"]).toBeDefined();
    }
  });

  test("none by default", async () => {
    const none = handlerOf({});
    for (const method of ["GET", "OPTIONS"]) {
      const found = await none(method, `/${hex}`, { origin });
      expect([shown(found.headers), found.headers["vary"]]).toEqual([[], undefined]);
    }
  });
});

describe("the name that the server is called by", () => {
  const statuses = async (port: number, hosts: readonly string[]) => {
    const found: number[] = [];
    for (const host of hosts) {
      const client = await rawClient(port);
      await client.write(aiohttp("GET", "/healthcheck", port).replace(/Host: .*/, `Host: ${host}`));
      found.push((await client.response()).status);
    }
    return found;
  };

  test("its own, with every port", async () => {
    const { port } = await serve({ store: memoryStore(), hosts: ["Data.example", "[2001:db8::1]"] });
    const own = ["localhost", "127.0.0.1", "[::1]", "data.example", "[2001:db8::1]"];
    const hosts = own.flatMap((name) => [name, `${name}:${port}`, `${name}:1`, name.toUpperCase()]);
    expect(await statuses(port, hosts)).toEqual(hosts.map(() => 200));
  });

  test("others: 421, also right after a right one on the same connection", async () => {
    const { port } = await serve({ store: memoryStore(), hosts: ["data.example"] });
    const others = [
      "evil.example",
      `evil.example:${port}`,
      "localhost.evil.example",
      `localhost.evil.example:${port}`,
      "evil.example:localhost",
      "data.example.",
      "xdata.example",
      "127.0.0.2",
      "[::2]",
      `[::2]:${port}`,
      "[::1",
      "::1",
      "",
      ":80",
    ];
    expect(await statuses(port, others)).toEqual(others.map(() => 421));
    const client = await rawClient(port);
    for (const [host, status] of [
      ["localhost", 200],
      ["evil.example", 421],
      ["localhost", 200],
      ["evil.example", 421],
    ] as const) {
      await client.write(aiohttp("GET", "/healthcheck", port).replace(/Host: .*/, `Host: ${host}`));
      expect((await client.response()).status).toBe(status);
    }
  });

  test("no request of another name has any effect, nor a page of it any answer", async () => {
    const contents = new Map<string, Uint8Array>();
    const { port } = await serve({ store: memoryStore({ contents }), writable: true, cors: "*" });
    const client = await rawClient(port);
    const headers = { "Content-Length": 1000, Origin: "http://evil.example" };
    const request = aiohttp("PUT", `/${hex}`, port, headers).replace(/Host: .*/, "Host: evil.example");
    await client.write(request, A.bytes);
    const found = await client.response();
    expect([found.status, found.headers.get("access-control-allow-origin")]).toEqual([421, undefined]);
    expect(contents.size).toBe(0);
  });

  test("of a server on an IPv6 address", async ({ skip }) => {
    const server = createHashserver({ store: memoryStore() });
    const bound = await server.listen({ port: 0, host: "::1" }).catch(() => skip("no IPv6 on this machine"));
    try {
      expect(bound.url).toBe(`http://[::1]:${bound.port}/`);
      expect((await fetch(`${bound.url}healthcheck`)).status).toBe(200);
      const [status] = await Promise.all([fetch(`${bound.url}${hex}`).then((response) => response.status)]);
      expect(status).toBe(404);
    } finally {
      await server.close({ timeout: 0 });
    }
  });

  test("is not looked at unless there are hosts", async () => {
    expect((await handlerOf({})("GET", "/healthcheck", { host: "evil.example" })).status).toBe(200);
    const named = handlerOf({ hosts: ["a.example:80"] });
    expect((await named("GET", "/healthcheck", { host: "a.example:80" })).status).toBe(200);
    expect((await named("GET", "/healthcheck")).status).toBe(421);
  });
});

describe("the web adapter", () => {
  const contents = () => new Map([[hex, A.bytes]]);

  test("answers as the other one does", async () => {
    const store = memoryStore({ contents: contents() });
    const answer = webHandler(hashserverHandler({ store, writable: true, cors: "*", hosts: ["localhost"] }));
    const ask = (path: string, init: RequestInit & { duplex?: "half" } = {}) =>
      answer(new Request(`http://localhost:1${path}`, { ...init, headers: { host: "localhost", ...init.headers } }));
    const got = await ask(`/${hex}?x`);
    expect([got.status, new Uint8Array(await got.arrayBuffer())]).toEqual([200, A.bytes]);
    const origin = { origin: "https://a.example" };
    expect((await ask(`/${hex}`, { headers: origin })).headers.get("access-control-allow-origin")).toBe("*");
    expect((await ask(`/${hex}`, { method: "OPTIONS", headers: origin })).status).toBe(204);
    expect((await ask(`/${hex}`, { headers: { "if-none-match": `"${hex}"` } })).status).toBe(304);
    const head = await ask(`/${hex}`, { method: "HEAD" });
    expect([head.status, head.body, head.headers.get("content-length")]).toEqual([200, null, "1000"]);
    const B = sample(300_000, 2);
    const body = new Blob([B.bytes as Uint8Array<ArrayBuffer>]).stream();
    const put = await ask(`/${B.checksum.hex()}`, { method: "PUT", body, duplex: "half" });
    expect([put.status, await put.text()]).toEqual([200, "OK"]);
    const large = await ask(`/${B.checksum.hex()}`);
    expect(Buffer.from(await large.arrayBuffer()).equals(B.bytes)).toBe(true);
    expect((await ask(`/${hex}`, { method: "PUT", body: "wrong" })).status).toBe(201);
    expect((await ask(`/${"0".repeat(64)}`, { method: "PUT", body: "wrong" })).status).toBe(400);
  });

  test("a request that is aborted ends the wait for a promise", async () => {
    const answer = webHandler(hashserverHandler({ store: memoryStore(), writable: true }));
    expect((await answer(new Request(`http://localhost/promise/${hex}`, { method: "PUT" }))).status).toBe(202);
    const controller = new AbortController();
    const waiting = answer(new Request(`http://localhost/${hex}`, { signal: controller.signal }));
    controller.abort();
    expect((await waiting).status).toBe(499);
  });
});
