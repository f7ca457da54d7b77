import { gunzipSync } from "node:zlib";
import { memoryStore } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { hashserverHandler, type UiFiles } from "../src/hashserver/index.ts";
import { rawClient } from "./support/raw-client.ts";
import { sample } from "./support/sample.ts";
import { serve } from "./support/server-fixture.ts";

const A = sample(1000);
const LARGE = sample(200_000);
const [hex, largeHex] = [A.checksum.hex(), LARGE.checksum.hex()];
const store = () =>
  memoryStore({
    contents: new Map([
      [hex, A.bytes],
      [largeHex, LARGE.bytes],
    ]),
  });

const HTML = "<!doctype html><title>A page</title>";
const file = (text: string, type: string, immutable: boolean) => ({
  type,
  etag: `of-${text.length}`,
  immutable,
  read: async () => new TextEncoder().encode(text),
});
const UI: UiFiles = {
  "index.html": file(HTML, "text/html; charset=utf-8", false),
  "assets/page-1a2b.js": file("export {};", "text/javascript", true),
};

/** A request as it stands, of which nothing is resolved or encoded on the way. */
async function ask(port: number, method: string, target: string, headers: Readonly<Record<string, string>> = {}) {
  const client = await rawClient(port);
  const lines = Object.entries({ host: `127.0.0.1:${port}`, connection: "close", ...headers });
  await client.write(
    `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
  );
  const found = await client.response({ bodiless: method === "HEAD" });
  return { ...found, text: found.body.toString() };
}

describe("the page of a server", () => {
  test("is below /ui/, with its files, under a strict policy", async () => {
    const { port } = await serve({ store: store(), ui: UI });
    for (const [target, type, caching, text] of [
      ["/ui/", "text/html; charset=utf-8", "no-cache", HTML],
      ["/ui/?x=1", "text/html; charset=utf-8", "no-cache", HTML],
      ["/ui/index.html", "text/html; charset=utf-8", "no-cache", HTML],
      ["/ui/assets/page-1a2b.js", "text/javascript", "public, max-age=31536000, immutable", "export {};"],
    ] as const) {
      const found = await ask(port, "GET", target);
      expect([target, found.status, found.text]).toEqual([target, 200, text]);
      const header = (name: string) => found.headers.get(name);
      expect(header("content-type")).toBe(type);
      expect(header("cache-control")).toBe(caching);
      expect(header("x-content-type-options")).toBe("nosniff");
      expect(header("referrer-policy")).toBe("no-referrer");
      expect(header("cross-origin-opener-policy")).toBe("same-origin");
      expect(header("cross-origin-resource-policy")).toBe("same-origin");
      const policy = header("content-security-policy")!;
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
      for (const part of ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "connect-src 'self'"]) {
        expect(policy.split("; ")).toContain(part);
      }
      expect(policy).not.toMatch(/unsafe|\*|http/);
    }
  });

  test("a HEAD has the same head and no body; what is known already is not sent again", async () => {
    const { port } = await serve({ store: store(), ui: UI });
    const whole = await ask(port, "GET", "/ui/");
    const head = await ask(port, "HEAD", "/ui/");
    expect(head.head).toBe(whole.head);
    const etag = whole.headers.get("etag")!;
    expect(etag).toMatch(/^"[\w-]+"$/);
    for (const known of [etag, `"other", W/${etag}`, "*"]) {
      const found = await ask(port, "GET", "/ui/", { "if-none-match": known });
      expect([known, found.status, found.headers.get("etag")]).toEqual([known, 304, etag]);
      expect(found.headers.get("content-security-policy")).toContain("default-src 'none'");
    }
    expect((await ask(port, "GET", "/ui/", { "if-none-match": '"other"' })).status).toBe(200);
  });

  test("is compressed for clients that take that, once, and is another representation then", async () => {
    let reads = 0;
    const script = "export const same = 1;\n".repeat(500);
    const read = async () => {
      reads += 1;
      return Buffer.from(script);
    };
    const counted = { ...file(script, "text/javascript", true), read };
    const picture = file("\x89PNG", "image/png", true);
    const { port } = await serve({
      store: store(),
      ui: { ...UI, "assets/counted.js": counted, "assets/p.png": picture },
    });
    const gzip = { "accept-encoding": "gzip, br" };
    const plain = await ask(port, "GET", "/ui/assets/counted.js");
    for (let i = 0; i < 3; i++) {
      const found = await ask(port, "GET", "/ui/assets/counted.js", gzip);
      expect(found.headers.get("content-encoding")).toBe("gzip");
      expect(found.headers.get("vary")).toBe("accept-encoding");
      expect(found.body.byteLength).toBeLessThan(script.length / 3);
      expect(gunzipSync(found.body).toString()).toBe(script);
      expect(found.headers.get("etag")).toBe(plain.headers.get("etag")!.replace(/"$/, '-gzip"'));
      const known = { ...gzip, "if-none-match": found.headers.get("etag")! };
      expect((await ask(port, "GET", "/ui/assets/counted.js", known)).status).toBe(304);
      const other = { ...gzip, "if-none-match": plain.headers.get("etag")! };
      expect((await ask(port, "HEAD", "/ui/assets/counted.js", other)).status).toBe(200);
    }
    expect(reads).toBe(2);
    expect(plain.headers.get("vary")).toBe("accept-encoding");
    for (const [target, accepted] of [
      ["/ui/assets/p.png", "gzip"],
      ["/ui/assets/counted.js", "gzip;q=0"],
      ["/ui/assets/counted.js", "br"],
    ] as const) {
      const found = await ask(port, "GET", target, { "accept-encoding": accepted });
      expect([target, found.headers.get("content-encoding")]).toEqual([target, undefined]);
    }
  });

  test("without its slash it leads to where it is, also below a path of a proxy", async () => {
    const { port } = await serve({ store: store(), ui: UI });
    const found = await ask(port, "GET", "/ui");
    expect([found.status, found.headers.get("location")]).toEqual([308, "ui/"]);
  });

  test.each([
    "/ui/../etc/passwd",
    "/ui/assets/../index.html",
    "/ui/%2e%2e/index.html",
    "/ui/..%2fpackage.json",
    "/ui/assets%2fpage-1a2b.js",
    "/ui/assets\\page-1a2b.js",
    "/ui//index.html",
    "/ui/./index.html",
    "/ui/index.html/",
    "/ui/assets/",
    "/ui/assets",
    "/ui/__proto__",
    "/ui/constructor",
    "/ui/toString",
    `/ui/${hex}`,
    "/ui/package.json",
    "/ui/index.html%00.js",
    "/ui/INDEX.HTML",
  ])("%s is nothing", async (target) => {
    const { port } = await serve({ store: store(), ui: UI });
    const found = await ask(port, "GET", target);
    expect([found.status, found.text]).toEqual([404, '{"detail":"Not Found"}']);
    expect(found.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test.each(["POST", "PUT", "DELETE", "PATCH"])("%s is not allowed", async (method) => {
    const { port } = await serve({ store: store(), ui: UI, writable: true });
    for (const target of ["/ui", "/ui/", "/ui/assets/page-1a2b.js"]) {
      const found = await ask(port, method, target, { "content-length": "0" });
      expect([found.status, found.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    }
    expect((await ask(port, "OPTIONS", "/ui/")).headers.get("allow")).toBe("GET, HEAD");
  });

  test("is given out by the server's own names alone", async () => {
    const { port } = await serve({ store: store(), ui: UI, hosts: ["data.example"] });
    for (const [host, status] of [
      ["localhost", 200],
      ["data.example", 200],
      ["evil.example", 421],
      [`evil.example:${port}`, 421],
      ["127.0.0.1, evil.example", 400],
    ] as const) {
      for (const target of ["/ui/", "/ui/assets/page-1a2b.js"]) {
        const found = await ask(port, "GET", target, { host });
        expect([host, target, found.status]).toEqual([host, target, status]);
      }
    }
    expect((await ask(port, "GET", "http://evil.example/ui/")).status).toBe(421);
  });

  test("needs no token, and opens nothing else", async () => {
    const { port } = await serve({ store: store(), ui: UI, token: "secret" });
    expect((await ask(port, "GET", "/ui/")).status).toBe(200);
    for (const target of [`/${hex}`, `/ui/../${hex}`, "/has", "/list", "/nowhere", `/${hex}?/ui/`, `/ui%2f${hex}`]) {
      const found = await ask(port, "GET", target);
      expect(found.text).not.toContain(Buffer.from(A.bytes).toString());
      expect([target, found.status]).toEqual([target, target.startsWith("/ui/") ? 404 : 401]);
    }
    const found = await ask(port, "GET", `/${hex}`, { authorization: "Bearer secret" });
    expect(found.status).toBe(200);
    // A browser that has it by one token has it by no other one.
    expect(found.headers.get("vary")).toMatch(/\bauthorization\b/);
  });

  test("is nothing to pages of other origins, which may use the server all the same", async () => {
    const { port } = await serve({ store: store(), ui: UI, cors: "*" });
    const origin = "https://a.example";
    const page = await ask(port, "GET", "/ui/", { origin });
    expect(page.headers.get("access-control-allow-origin")).toBeUndefined();
    expect(page.headers.get("cross-origin-resource-policy")).toBe("same-origin");
    const buffer = await ask(port, "GET", `/${hex}`, { origin });
    expect(buffer.headers.get("access-control-allow-origin")).toBe("*");
  });

  test("a file that cannot be read is a failure of the server, which says no more", async () => {
    const broken = { ...UI["index.html"]!, read: () => Promise.reject(new Error("/home/me/secret is gone")) };
    const { port, errors } = await serve({ store: store(), ui: { ...UI, "index.html": broken } });
    const found = await ask(port, "GET", "/ui/");
    expect([found.status, found.text]).toEqual([500, "The store failed (STORE_FAILED).\n"]);
    expect(errors.map(({ message }) => message)).toEqual(["a request failed: /home/me/secret is gone"]);
  });

  test("off by default: as before", async () => {
    const { port } = await serve({ store: store() });
    const found = await Promise.all(["/ui", "/ui/", "/ui/index.html"].map((target) => ask(port, "GET", target)));
    expect(found.map(({ status }) => status)).toEqual([400, 404, 404]);
    const buffer = await ask(port, "GET", `/${hex}?filename=a.txt`);
    expect([buffer.status, buffer.headers.get("content-disposition")]).toEqual([200, undefined]);
  });

  test.each<[unknown]>([
    [null],
    ["index.html"],
    [{}],
    [{ "page.html": UI["index.html"] }],
    [{ "index.html": { ...UI["index.html"], type: "text/html\r\nset-cookie: a=b" } }],
    [{ "index.html": { ...UI["index.html"], etag: 'a"b' } }],
    [{ "index.html": { ...UI["index.html"], read: undefined } }],
  ])("%j is no page", (ui) => {
    expect(() => hashserverHandler({ store: store(), ui: ui as UiFiles })).toThrow("ui");
  });
});

describe("with a page, buffers come as attachments", () => {
  test.each([
    ["", `filename="${hex}"`],
    ["?filename=", `filename="${hex}"`],
    ["?filename=a.txt", 'filename="a.txt"'],
    ["?x=1&filename=a%20b.txt&y=2", 'filename="a b.txt"'],
    ["?filename=%C3%A9t%C3%A9.txt", "filename=\"_t_.txt\"; filename*=UTF-8''%C3%A9t%C3%A9.txt"],
    ["?filename=it's%20(1).txt", 'filename="it\'s (1).txt"'],
    ["?filename=%E2%82%AC'(1).txt", "filename=\"_'(1).txt\"; filename*=UTF-8''%E2%82%AC%27%281%29.txt"],
    // Nothing of it leaves the header, the folder, or its own type.
    ["?filename=..%2F..%2Fetc%2Fpasswd", 'filename="passwd"'],
    ["?filename=C%3A%5CWindows%5Ca.dll", 'filename="a.dll"'],
    ["?filename=..", `filename="${hex}"`],
    ["?filename=.bashrc", 'filename="bashrc"'],
    ["?filename=a%0D%0ASet-Cookie:%20b", 'filename="a__Set-Cookie_ b"'],
    ["?filename=a%22;%20x=%22b", 'filename="a_; x=_b"'],
    ["?filename=txt.%E2%80%AEexe", 'filename="txt._exe"'],
    ["?filename=%F0%9F", `filename="${hex}"`],
    ["?filename=%", `filename="${hex}"`],
    [`?filename=${"x".repeat(500)}`, `filename="${"x".repeat(80)}"`],
  ])("%s", async (query, expected) => {
    const { port } = await serve({ store: store(), ui: UI });
    for (const method of ["GET", "HEAD"]) {
      const found = await ask(port, method, `/${hex}${query}`);
      expect(found.status).toBe(200);
      expect(found.headers.get("content-disposition")).toBe(`attachment; ${expected}`);
      expect(found.headers.get("content-type")).toBe("application/octet-stream");
      expect(found.headers.get("x-content-type-options")).toBe("nosniff");
      if (method === "GET") expect(found.body.equals(A.bytes)).toBe(true);
    }
  });

  test("also from memory, in parts and as streams; what is no buffer does not", async () => {
    const { port } = await serve({ store: store(), ui: UI });
    const disposition = async (target: string, headers = {}) => {
      const found = await ask(port, "GET", target, headers);
      return [found.status, found.headers.get("content-disposition")];
    };
    for (const name of ["one", "two"]) {
      expect(await disposition(`/${hex}?filename=${name}`)).toEqual([200, `attachment; filename="${name}"`]);
    }
    expect(await disposition(`/${hex}`, { range: "bytes=0-9" })).toEqual([206, `attachment; filename="${hex}"`]);
    expect(await disposition(`/${largeHex}?filename=l`)).toEqual([200, 'attachment; filename="l"']);
    expect(await disposition(`/${"0".repeat(64)}?filename=l`)).toEqual([404, undefined]);
    expect(await disposition("/healthcheck?filename=l")).toEqual([200, undefined]);
  });
});
