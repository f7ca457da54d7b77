import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { ended, run, runAll, start } from "./support/commands.ts";
import { list, sha256, writeTree } from "./support/files.ts";
import { serving } from "./support/server.ts";
import { keep, stored } from "./support/stores.ts";
import { test } from "./support/test.ts";

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
    const ranges = [["9000"], ["9000", "8000"], ["0", "10"], ["a", "b"], ["1", "70000"], []];
    const [both, ...refused] = await runAll(
      [
        ["--port", "0", "--port-range", "8000", "9000", "store"],
        ...ranges.map((words) => ["store", "--port-range", ...words]),
      ].map((args) => ["seamless serve", args]),
      { cwd: dir },
    );
    expect(refused.map(({ status, out }, i) => [ranges[i], status, out])).toEqual(
      ranges.map((words) => [words, 2, ""]),
    );
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
    const { env, lookedAgain } = countLooks(dir);
    const started = serving(["--status-file", "status", "store"], { cwd: dir, env });
    for (const text of ["", '{"id": ', "[1]", "{}"]) {
      await lookedAgain();
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
    const { env, lookedAgain } = countLooks(dir);
    const child = start("seamless serve", ["--status-file", "status", "store"], { cwd: dir, env });
    const outcome = ended(child);
    await lookedAgain();
    child.kill("SIGTERM");
    expect(await outcome).toEqual({ status: 143, out: "", err: "seamless serve: interrupted\n" });
    expect(list(dir).includes("status")).toBe(false);
  });

  test("--timeout ends it when nobody has asked for anything for so long", async ({ dir }) => {
    await keep(join(dir, "store"), "hello\n");
    const { url, outcome } = await serving(["--timeout", "5", "store"], { cwd: dir });
    const until = performance.now() + 7000;
    while (performance.now() < until) {
      expect((await fetch(`${url}healthcheck`)).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const ending = "stopped after 5 s without a request (--timeout)";
    expect(await outcome).toMatchObject({ status: 0, err: `seamless serve: ${ending}\n` });
    const refused = await runAll(
      ["0", "-1", "x", "1e9"].map((time) => ["seamless serve", ["store", `--timeout=${time}`]]),
      { cwd: dir },
    );
    expect(refused.map(({ status }) => status)).toEqual([2, 2, 2, 2]);
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

/** Counts, for a server with this environment, how often it has looked for its status file. */
function countLooks(dir: string) {
  const [hook, looks] = [join(dir, "..", "hook.mjs"), join(dir, "..", "looks")];
  writeFileSync(
    hook,
    `import { appendFileSync } from "node:fs";
     import files from "node:fs/promises";
     import { syncBuiltinESMExports } from "node:module";
     const { stat } = files;
     files.stat = (path, ...rest) => {
       if (String(path).endsWith("/status")) appendFileSync(process.env.LOOKS, ".");
       return stat(path, ...rest);
     };
     syncBuiltinESMExports();`,
  );
  const count = () => (existsSync(looks) ? statSync(looks).size : 0);
  return {
    env: { NODE_OPTIONS: `--import=${hook}`, LOOKS: looks },
    /** Two looks more: the second has begun after this call. */
    async lookedAgain() {
      const before = count();
      await vi.waitFor(() => expect(count()).toBeGreaterThanOrEqual(before + 2), { interval: 10, timeout: 20_000 });
    },
  };
}
