import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect } from "vitest";
import { run } from "./support/commands.ts";
import { jsonLines, sha256 } from "./support/files.ts";
import { serving } from "./support/server.ts";
import { keep } from "./support/stores.ts";
import { test } from "./support/test.ts";

const HELLO = sha256("hello\n");

/** An answer to a request of which nothing is resolved on the way. */
async function ask(url: string, target: string, host = new URL(url).host): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.write(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  return text(socket);
}

describe.concurrent("seamless serve --ui", () => {
  test("gives out the page and its files, and says where", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const { line, url, stop } = await serving(["store", "--ui"], { cwd: dir });
    expect(line).toBe(`serving ${dir}/store at ${url} (read-only), with a web page at ${url}ui/\n`);
    const page = await fetch(`${url}ui/`);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self'; /);
    const html = await page.text();
    // Nothing that its policy forbids.
    expect(html).not.toMatch(/<style|<script(?![^>]* src=)| style="| on[a-z]+="|https?:/);
    const links = Array.from(html.matchAll(/ (?:src|href)="([^"]+)"/g), ([, link]) => link!);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      const found = await fetch(new URL(link, page.url), { headers: { "accept-encoding": "identity" } });
      expect([link, found.status]).toEqual([link, 200]);
      expect(found.headers.get("cache-control")).toContain("immutable");
      expect(found.headers.get("etag")).toBe(`"${sha256Base64(new Uint8Array(await found.arrayBuffer()))}"`);
    }
    const buffer = await fetch(`${url}${HELLO}?filename=a.txt`);
    expect(buffer.headers.get("content-disposition")).toBe('attachment; filename="a.txt"');
    expect(buffer.headers.get("x-content-type-options")).toBe("nosniff");
    await stop();
  });

  test("--json says where, too", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const { line, url, stop } = await serving(["--json", "--ui", "store"], { cwd: dir });
    const [{ page }] = jsonLines(line) as [{ page: string }];
    expect(page).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/ui\/$/);
    expect(url).toBe(page.replace(/ui\/$/, ""));
    await stop();
  });

  test("nothing of the package but the page, to nobody who calls the server by another name", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const { url, stop } = await serving(["store", "--ui"], { cwd: dir });
    for (const target of [
      "/ui/../index.js",
      "/ui/%2e%2e/%2e%2e/package.json",
      "/ui/../../package.json",
      "/ui/assets/",
    ]) {
      expect(await ask(url, target)).toMatch(/^HTTP\/1\.1 404 /);
    }
    expect(await ask(url, "/ui/")).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask(url, "/ui/", "evil.example")).toMatch(/^HTTP\/1\.1 421 /);
    await stop();
  });

  test("the page needs no token, the buffers do", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const { url, stop } = await serving(["store", "--ui"], { cwd: dir, env: { SEAMLESS_TOKEN: "hunter2" } });
    expect((await fetch(`${url}ui/`)).status).toBe(200);
    expect((await fetch(`${url}${HELLO}`)).status).toBe(401);
    const { out, err } = await stop();
    expect(out + err).not.toContain("hunter2");
  });

  test("without it, there is no page", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const { url, stop } = await serving(["store"], { cwd: dir });
    expect((await fetch(`${url}ui/`)).status).toBe(404);
    expect((await fetch(`${url}${HELLO}`)).headers.has("content-disposition")).toBe(false);
    await stop();
  });

  test("where its package is not installed, a line names it", async ({ dir, fullInstallation: installation }) => {
    await keep(join(dir, "store"), "hello\n");
    const outcome = await run("seamless serve", ["store", "--ui", "--port", "0"], { cwd: dir, installation });
    expect(outcome).toEqual({
      status: 1,
      out: "",
      err: "seamless serve: --ui needs the package @seamless/ui beside the commands: npm install --global @seamless/ui\n",
    });
  });
});

function sha256Base64(bytes: Uint8Array): string {
  return Buffer.from(sha256(bytes), "hex").toString("base64url");
}
