import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, vi } from "vitest";
import { isLoopback } from "../src/commands/serve.ts";
import { ended, run, start } from "./support/commands.ts";
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
    await vi.waitFor(async () => expect(await refuses(url)).toBe(true), { interval: 10, timeout: 5000 });
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
    await vi.waitFor(async () => expect(await refuses(url)).toBe(true), { interval: 10, timeout: 5000 });
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
      for (const args of [[name, "--writable"], [name], ["store", "--writable", "--extra-dirs", `${name};x`]]) {
        const { status, out, err } = await run("seamless serve", ["--port", "0", ...args], { cwd: dir });
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

describe.concurrent("seamless serve, started by a program", () => {
  const readStatus = (dir: string) => JSON.parse(readFileSync(join(dir, "status"), "utf8"));

  test("--port-range takes a port that is free, and says if there is none", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const taken = await serving(["store"], { cwd: dir });
    const port = Number(new URL(taken.url).port);
    const range = ["--port-range", String(port), String(port)];
    const none = await run("seamless serve", [...range, "store"], { cwd: dir });
    expect(none).toMatchObject({ status: 1, out: "" });
    expect(none.err).toBe(`seamless serve: cannot listen on 127.0.0.1: no port from ${port} to ${port} is free\n`);
    await taken.stop();
    const again = await serving(["store", ...range], { cwd: dir, port: null });
    expect(again.url).toBe(`http://127.0.0.1:${port}/`);
    await again.stop();
    const wide = await serving(["store", "--port-range", "20000", "60000"], { cwd: dir, port: null });
    expect(Number(new URL(wide.url).port)).toBeGreaterThanOrEqual(20_000);
    await wide.stop();
    for (const words of [["9000"], ["9000", "8000"], ["0", "10"], ["a", "b"], ["1", "70000"], []]) {
      const refused = await run("seamless serve", ["store", "--port-range", ...words], { cwd: dir });
      expect([words, refused.status, refused.out]).toEqual([words, 2, ""]);
    }
    const both = await run("seamless serve", ["--port", "0", "--port-range", "8000", "9000", "store"], { cwd: dir });
    expect(both).toMatchObject({ status: 2, err: expect.stringContaining("cannot both be given") });
  });

  test("--status-file keeps its members, however they are written, and gets the port", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const kept = '"id": 12345678901234567890, "x": 1.0, "a}": {"status": [1, "\\"]"]}';
    writeTree(dir, { status: ` {${kept},\n "status":"starting", "port" : null}\n` });
    const { url, stop } = await serving(["--status-file", "status", "store"], { cwd: dir });
    const { port } = new URL(url);
    expect(readFileSync(join(dir, "status"), "utf8")).toBe(`{${kept}, "port": ${port}, "status": "running"}\n`);
    expect((await stop()).status).toBe(0);
    expect(readStatus(dir).status).toBe("running");
    expect(list(dir).filter((name) => !name.startsWith("store"))).toEqual(["status"]);
  });

  test("--status-file is waited for, also while it is half there", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const started = serving(["--status-file", "status", "store"], { cwd: dir });
    for (const text of ["", '{"id": ', "[1]", "{}"]) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      writeTree(dir, { status: text });
    }
    const { url, stop } = await started;
    expect(readStatus(dir)).toEqual({ port: Number(new URL(url).port), status: "running" });
    await stop("SIGTERM");
  });

  test("a start that fails is written down, and keeps the members", async ({ dir }) => {
    for (const args of [["missing"], ["store", "--token", "two words"], ["store", "--extra-dirs", "missing"]]) {
      writeTree(dir, { "store/x": "", status: '{"id": 7}' });
      const { status } = await run("seamless serve", [...args, "--status-file", "status"], { cwd: dir });
      expect([args, status === 0]).toEqual([args, false]);
      expect(readStatus(dir)).toEqual({ id: 7, status: "failed" });
    }
  });

  test.for<[args: readonly string[], reason: string]>([
    [["store", "--timeout", "0", "--status-file", "status"], "--timeout takes a number"],
    [["store", "--status-file", "status", "--lay", "flat"], "Unknown option '--lay'"],
    [["store", "--status-file=status", "--layout"], "needs a value"],
    [["store", "--status-file", "status", "--port-range", "2", "1"], "--port-range takes"],
    [["store", "--status-file", "status", "--port", "0", "--port-range", "8000", "9000"], "cannot both be given"],
    [["--status-file", "status"], "DIR is missing"],
    [["store", "more", "--status-file", "status"], "only one DIR is possible"],
    [["127.0.0.1:8000", "--writable", "--status-file", "status"], "the server is http://127.0.0.1:8000"],
    [["store", "--writable", "--host", "0.0.0.0", "--status-file", "status"], "everyone on the network"],
  ])("wrong usage is a start that fails: %j", async ([args, reason], { dir }) => {
    writeTree(dir, { "store/x": "", status: '{"id": 7}' });
    const { status, out, err } = await run("seamless serve", args, { cwd: dir });
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain(reason);
    expect(readStatus(dir)).toEqual({ id: 7, status: "failed" });
    expect(list(dir)).toEqual(["status", "store"]);
  });

  test("a status file that cannot be told from the next option is left alone", async ({ dir }) => {
    writeTree(dir, { "store/x": "", "--lay": "{}" });
    for (const args of [["--status-file", "--lay"], ["--status-file="], ["--", "--status-file", "--lay"]]) {
      expect((await run("seamless serve", ["store", ...args], { cwd: dir })).status).toBe(2);
    }
    expect(readFileSync(join(dir, "--lay"), "utf8")).toBe("{}");
  });

  test("SIGTERM ends it also while it waits for the status file", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const child = start("seamless serve", ["--status-file", "status", "store"], { cwd: dir });
    const outcome = ended(child);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    child.kill("SIGTERM");
    expect(await outcome).toEqual({ status: 143, out: "", err: "seamless serve: interrupted\n" });
    expect(list(dir).includes("status")).toBe(false);
  });

  test("--timeout ends it when nobody has asked for anything for so long", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const { url, outcome } = await serving(["--timeout", "1.5", "store"], { cwd: dir });
    const until = performance.now() + 2500;
    while (performance.now() < until) {
      expect((await fetch(`${url}healthcheck`)).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const ending = "stopped after 1.5 s without a request (--timeout)";
    expect(await outcome).toMatchObject({ status: 0, err: `seamless serve: ${ending}\n` });
    for (const time of ["0", "-1", "x", "1e9"]) {
      expect((await run("seamless serve", ["store", `--timeout=${time}`], { cwd: dir })).status).toBe(2);
    }
  });

  test("--extra-dirs are asked after the folder, and left as they are", async ({ dir }) => {
    const [first, second, third] = await Promise.all(["a", "b", "c"].map((name) => keep(join(dir, name), name)));
    const [hex] = await keep(join(dir, "store"), "hello\n");
    const before = list(join(dir, "a"));
    for (const separator of [":", ";"]) {
      const args = ["--writable", "store", "--extra-dirs", ["a", "b", "c"].join(separator)];
      const { url, stop } = await serving(args, { cwd: dir });
      for (const [name, content] of [
        [hex, "hello\n"],
        [first![0], "a"],
        [second![0], "b"],
        [third![0], "c"],
      ]) {
        expect(await (await fetch(`${url}${name}`)).text()).toBe(content);
      }
      const put = await fetch(`${url}${sha256("new")}`, { method: "PUT", body: "new" });
      expect(put.ok).toBe(true);
      expect((await stop()).err).toBe("");
    }
    expect(list(join(dir, "a"))).toEqual(before);
    expect(stored(join(dir, "store")).sort()).toEqual([hex, sha256("new")].sort());
  });

  test("a folder that cannot be made is said to be none, at once", async ({ dir }) => {
    const { status, out, err } = await run("seamless serve", ["--writable", "/proc/x/y"], { cwd: dir });
    expect([status, out]).toEqual([1, ""]);
    expect(err).toMatch(/^seamless serve: cannot [^\n]*\/proc\/x[^\n]*\n$/);
  });

  test("--lock-timeout: so long, and no longer", async ({ dir }) => {
    const [hex] = await keep(join(dir, "store"), "hello\n");
    const file = `store/${hex!.slice(0, 2)}/${hex}`;
    writeTree(dir, { [file]: "hel", [`${file}.LOCK`]: "" });
    const { url, stop } = await serving(["--lock-timeout", "0.2", "store"], { cwd: dir });
    const { status } = await fetch(`${url}${hex}`);
    expect(status).toBeGreaterThanOrEqual(400);
    expect((await stop()).err).toContain("has had its lock for 200 ms");
  });

  test("--trust-proxy: what is no address is wrong usage", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const wrong = await run("seamless serve", ["store", "--trust-proxy", "proxy.example"], { cwd: dir });
    expect(wrong).toMatchObject({ status: 2, out: "" });
    const { stop } = await serving(["store", "--trust-proxy", "127.0.0.1", "--trust-proxy", "10.0.0.0/8"], {
      cwd: dir,
    });
    expect((await stop()).status).toBe(0);
  });
});

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
