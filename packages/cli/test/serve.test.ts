import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, vi } from "vitest";
import { isLoopback } from "../src/commands/serve.ts";
import { run, runAll } from "./support/commands.ts";
import { jsonLines, list, sha256, writeTree } from "./support/files.ts";
import { serving } from "./support/server.ts";
import { keep, stored } from "./support/stores.ts";
import { test } from "./support/test.ts";

const HELLO = sha256("hello\n");

describe.concurrent("seamless serve", () => {
  test("serves a folder, read-only and to this machine, until Ctrl-C", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    writeTree(dir, { a: "new" });
    const { line, url, stop } = await serving(["store"], { cwd: dir });
    expect(line).toMatch(/^serving [^\n]* at http:\/\/127\.0\.0\.1:\d+\/ \(read-only\)\n$/);
    expect(line).toContain(`serving ${dir}/store at `);
    expect((await run("seamless get", ["--store", url, HELLO])).out).toBe("hello\n");
    const put = await run("seamless put", ["--store", url, "a"], { cwd: dir });
    expect(put.status).toBe(1);
    expect(stored(join(dir, "store"))).toEqual([HELLO]);
    expect(await stop()).toEqual({ status: 0, out: line, err: "" });
  });

  test("--writable takes buffers, and makes the folder; SIGTERM ends it too", async ({ dir }) => {
    writeTree(dir, { a: "new" });
    const { line, url, stop } = await serving(["--writable", "x/store"], { cwd: dir });
    expect(line).toMatch(/^serving [^\n]* at http:.* \(writable\)\n$/);
    expect(line).toContain(`serving ${dir}/x/store at `);
    expect((await run("seamless put", ["--store", url, "a"], { cwd: dir })).status).toBe(0);
    expect(stored(join(dir, "x/store"))).toEqual([sha256("new")]);
    expect(await stop("SIGTERM")).toEqual({ status: 0, out: line, err: "" });
  });

  test("--json: an object", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const { line, url, stop } = await serving(["--json", "store"], { cwd: dir });
    expect(jsonLines(line)).toEqual([{ path: "store", store: `${dir}/store`, url, writable: false }]);
    expect((await stop()).status).toBe(0);
  });

  test("a token from the environment or the option is asked for, and not printed", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    for (const [args, env] of [
      [["store"], { SEAMLESS_TOKEN: "hunter2" }],
      [["store", "--token", "hunter2"], {}],
    ] as const) {
      const { url, stop } = await serving(args, { cwd: dir, env });
      expect((await fetch(`${url}${HELLO}`)).status).toBe(401);
      const headers = { authorization: "Bearer hunter2" };
      expect(await (await fetch(`${url}${HELLO}`, { headers })).text()).toBe("hello\n");
      const { out, err } = await stop();
      expect(out + err).not.toContain("hunter2");
    }
  });

  test("--cors and --allow-host", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const args = [
      "store",
      "--cors",
      "https://a.example",
      "--cors",
      "https://b.example",
      "--allow-host",
      "data.example",
    ];
    const { url, stop } = await serving(args, { cwd: dir });
    const origin = async (name: string) =>
      (await fetch(`${url}${HELLO}`, { headers: { origin: name } })).headers.get("access-control-allow-origin");
    expect(await origin("https://b.example")).toBe("https://b.example");
    expect(await origin("https://c.example")).toBe(null);
    const byName = async (host: string) => {
      const asked = request(`${url}${HELLO}`, { headers: { host } }).end();
      const [response] = await once(asked, "response");
      response.resume();
      return response.statusCode;
    };
    expect(await byName("data.example")).toBe(200);
    expect(await byName("evil.example")).not.toBe(200);
    expect((await stop()).status).toBe(0);
  });

  test("--layout flat", async ({ dir }) => {
    writeTree(dir, { [`flat/${HELLO}`]: "hello\n" });
    const { url, stop } = await serving(["--layout", "flat", "flat"], { cwd: dir });
    expect((await run("seamless get", ["--store", url, HELLO])).out).toBe("hello\n");
    expect((await stop()).status).toBe(0);
  });

  test("a request under way comes to its end before the server does", async ({ dir }) => {
    const content = "0123456789".repeat(2_000_000);
    const [hex] = await keep(join(dir, "store"), content);
    const { url, outcome, child } = await serving(["store"], { cwd: dir });
    const asked = request(`${url}${hex}`).end();
    const [response] = await once(asked, "response");
    child.kill("SIGINT");
    // New ones are not taken any more.
    await vi.waitFor(async () => expect(await refuses(url)).toBe(true), { interval: 10, timeout: 9000 });
    expect(child.exitCode).toBe(null);
    expect(sha256(await text(response))).toBe(hex);
    expect((await outcome).status).toBe(0);
  });

  test("a second signal ends it at once", async ({ dir }) => {
    await keep(join(dir, "store"), "0123456789".repeat(2_000_000));
    const { url, outcome, child } = await serving(["store"], { cwd: dir });
    const asked = request(`${url}${stored(join(dir, "store"))[0]}`).end();
    asked.on("error", () => {});
    const [response] = await once(asked, "response");
    response.on("error", () => {});
    child.kill("SIGINT");
    await vi.waitFor(async () => expect(await refuses(url)).toBe(true), { interval: 10, timeout: 9000 });
    child.kill("SIGINT");
    expect((await outcome).status).toBe(null);
    expect(child.signalCode).toBe("SIGINT");
  });

  test("a client that does not read holds it up for 10 s, and no longer", async ({ dir }) => {
    const [hex] = await keep(join(dir, "store"), "0123456789".repeat(2_000_000));
    const { url, outcome, child } = await serving(["store"], { cwd: dir });
    const asked = request(`${url}${hex}`).end();
    asked.on("error", () => {});
    const [response] = await once(asked, "response");
    response.on("error", () => {});
    const started = performance.now();
    child.kill("SIGTERM");
    expect((await outcome).status).toBe(0);
    const seconds = (performance.now() - started) / 1000;
    expect(seconds).toBeGreaterThan(9);
    expect(seconds).toBeLessThan(20);
  });

  test("options that make no sense to the server are wrong usage, without a secret in the message", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    for (const args of [
      ["--token", "hunter2 with spaces"],
      ["--cors", "nonsense"],
    ]) {
      const { status, out, err } = await run("seamless serve", ["--port", "0", ...args, "store"], { cwd: dir });
      expect({ status, out }).toEqual({ status: 2, out: "" });
      expect(err).not.toContain("hunter2");
    }
  });

  test("a buffer that is corrupt is reported here, and to the client", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    writeTree(join(dir, "store"), { [`${HELLO.slice(0, 2)}/${HELLO}`]: "HELLO\n" });
    const { url, stop } = await serving(["store"], { cwd: dir });
    expect((await run("seamless get", ["--store", url, HELLO])).status).toBe(1);
    const { status, err } = await stop();
    expect(status).toBe(0);
    expect(err).toContain(`the bytes of ${HELLO} have the checksum`);
  });

  test("what cannot be served", async ({ dir }) => {
    writeTree(dir, { file: "" });
    for (const [args, reason] of [
      [["missing"], "cannot serve missing: no such file or directory"],
      [["file"], "cannot serve file: it is not a directory"],
      [["--writable", "file"], "cannot serve file: it is not a directory"],
    ] as const) {
      const err = `seamless serve: ${reason}\n`;
      expect(await run("seamless serve", args, { cwd: dir })).toEqual({ status: 1, out: "", err });
    }
    expect(list(dir)).toEqual(["file"]);
  });

  test("what is a server, or may be meant as one, is no folder to make", async ({ dir }) => {
    for (const [name, reason] of [
      ["127.0.0.1:8000", "the server is http://127.0.0.1:8000, a folder of that name ./127.0.0.1:8000"],
      ["localhost:8000/base", "the server is http://localhost:8000/base"],
      ["http://localhost:8000", "cannot be served: it is a hashserver itself"],
      ["ftp://x", "there is no store for ftp://"],
    ] as const) {
      const lines = [[name, "--writable"], [name], ["store", "--writable", "--extra-dirs", `${name};x`]];
      for (const { status, out, err } of await serveAll(lines, dir)) {
        expect({ status, out }).toEqual({ status: 2, out: "" });
        expect(err).toContain(reason);
      }
    }
    expect(list(dir)).toEqual([]);
    const { line, stop } = await serving(["--writable", "./127.0.0.1:8000"], { cwd: dir });
    expect(line).toContain(`serving ${dir}/127.0.0.1:8000 at `);
    expect((await stop()).status).toBe(0);
  });

  test("a port that is taken, and an address that is not ours", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const { url, stop } = await serving(["store"], { cwd: dir });
    const { port } = new URL(url);
    const taken = await run("seamless serve", ["--port", port, "store"], { cwd: dir });
    expect(taken).toMatchObject({ status: 1, out: "" });
    expect(taken.err).toMatch(
      new RegExp(`^seamless serve: .*127\\.0\\.0\\.1, port ${port}: something else listens there already\n$`),
    );
    await stop();
    const other = await run("seamless serve", ["--port", "0", "--host", "192.0.2.1", "store"], { cwd: dir });
    expect(other.status).toBe(1);
    expect(other.err).toMatch(/^seamless serve: .*192\.0\.2\.1.*\n$/);
  });

  test("writable for the network without a token needs --insecure", async ({ dir }) => {
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "example.org"]) {
      const refused = await run("seamless serve", ["--writable", "--host", host, "store"], { cwd: dir });
      expect(refused).toMatchObject({ status: 2, out: "" });
      expect(refused.err).toContain(
        `at ${host}, everyone on the network could put buffers: set SEAMLESS_TOKEN to a secret, or use --insecure`,
      );
    }
    expect(list(dir)).toEqual([]);
    for (const [args, env] of [
      [["--insecure"], {}],
      [[], { SEAMLESS_TOKEN: "hunter2" }],
    ] as const) {
      const { stop } = await serving(["--writable", "--host", "0.0.0.0", ...args, "store"], { cwd: dir, env });
      expect((await stop()).status).toBe(0);
    }
  });
});

/** Run command lines that fail before they serve. */
function serveAll(lines: readonly (readonly string[])[], cwd: string) {
  return runAll(
    lines.map((args) => ["seamless serve", ["--port", "0", ...args]]),
    { cwd },
  );
}

test("isLoopback", () => {
  for (const host of ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LOCALHOST", "::ffff:127.0.0.1"]) {
    expect([host, isLoopback(host)]).toEqual([host, true]);
  }
  for (const host of ["0.0.0.0", "::", "128.0.0.1", "10.0.0.1", "localhost.example.org", "127.0.0.1.example.org", ""]) {
    expect([host, isLoopback(host)]).toEqual([host, false]);
  }
});

async function refuses(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const refused = await Promise.race([
    once(socket, "connect").then(() => false),
    once(socket, "close").then(() => true),
  ]).catch(() => true);
  socket.destroy();
  return refused;
}
