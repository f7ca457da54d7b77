import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, vi } from "vitest";
import { type CommandName, ended, run, start } from "./support/commands.ts";
import { ENDLESS, jsonLines, list, sha256, snapshot, writeSparse, writeTree } from "./support/files.ts";
import { stored } from "./support/stores.ts";
import { test } from "./support/test.ts";

// Enough that hardly a run comes to its end before it is stopped.
const FILES = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`${i % 7}/file-${i}`, `${i} `.repeat(i)]));
const BUFFERS = [...new Set(Object.values(FILES).map(sha256))];

/**
 * Begin a run, and stop it by a signal once it has done a part of its work. A busy machine may come to look when all is done:
 * then once more, from the beginning.
 *
 * @param done - How much of `all` there is.
 */
async function stopMidway(begin: () => ChildProcess, signal: NodeJS.Signals, done: () => number, all: number) {
  for (let attempt = 1; ; attempt++) {
    const child = begin();
    let over = false;
    const outcome = ended(child).finally(() => {
      over = true;
    });
    await vi.waitFor(() => expect(over || done() > 15).toBe(true), { interval: 2, timeout: 60_000 });
    child.kill(signal);
    const found = await outcome;
    if ((found.status !== 0 && done() < all) || attempt === 10) return found;
  }
}

const filesBelow = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((n) => n.includes("file-"))
    : [];

describe.concurrent("an upload that is stopped", () => {
  test.for<[NodeJS.Signals, number | null]>([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGKILL", null],
  ])("by %s has put no index; the next run puts the rest", async ([signal, status], { dir }) => {
    writeTree(join(dir, "d"), FILES);
    const store = join(dir, "store");
    const args = ["--json", "--store", store, "--parallel", "2", "d"];
    const begin = () => {
      rmSync(store, { recursive: true, force: true });
      return start("seamless upload", args, { cwd: dir });
    };
    const stopped = await stopMidway(begin, signal, () => stored(store).length, BUFFERS.length);
    expect(stopped).toEqual({ status, out: "", err: status === null ? "" : "seamless upload: interrupted\n" });
    const before = stored(store);
    expect(before.length).toBeLessThan(BUFFERS.length);
    // Nothing but files of the directory: no index.
    for (const hex of before) expect(BUFFERS).toContain(hex);
    expect(list(dir)).toEqual(["d", "store"]);
    const { status: ended, out } = await run("seamless upload", args, { cwd: dir });
    expect(ended).toBe(0);
    expect(jsonLines(out)).toMatchObject([{ put: { files: BUFFERS.length - before.length } }]);
    expect(stored(store)).toHaveLength(BUFFERS.length + 1);
    expect((await run("seamless store verify", [store])).status).toBe(0);
  });

  test("in a large file leaves nothing of it", async ({ dir }) => {
    writeTree(dir, { a: "1" });
    writeSparse(join(dir, "large"), ENDLESS);
    for (const [name, args] of [
      ["seamless put", ["a", "large"]],
      ["seamless put", ["a", "-"]],
    ] as const satisfies readonly (readonly [CommandName, readonly string[]])[]) {
      const child = start(name, ["--progress", "--store", "store", ...args], { cwd: dir, env: { TMPDIR: dir } });
      const outcome = ended(child);
      // Each tells of its first file before it comes to the second; on a busy machine that takes longer than to store it.
      await Promise.all([once(child.stderr!, "data"), once(child.stdout!, "data")]);
      await setTimeout(200);
      child.kill("SIGINT");
      const { status, out, err } = await outcome;
      expect(out).toBe(`${sha256("1")}  a\n`);
      expect({ status, err: err.trimEnd().split("\n").at(-1) }).toEqual({ status: 130, err: `${name}: interrupted` });
      child.stdin!.destroy();
      expect(stored(join(dir, "store"))).toEqual([sha256("1")]);
      expect(list(dir)).toEqual(["a", "large", "store"]);
    }
  });
});

describe.concurrent("a download that is stopped", () => {
  test.for<[NodeJS.Signals, number | null]>([
    ["SIGINT", 130],
    ["SIGKILL", null],
  ])("by %s leaves whole files; the next run keeps them and mends the rest", async ([signal, status], { dir }) => {
    const target = join(dir, "d");
    writeTree(target, FILES);
    const before = snapshot(target);
    const env = { SEAMLESS_STORE: join(dir, "store") };
    expect((await run("seamless upload", ["--quiet", "d"], { cwd: dir, env })).status).toBe(0);
    const begin = () => {
      rmSync(target, { recursive: true, force: true });
      return start("seamless download", ["--parallel", "2", "d.INDEX"], { cwd: dir, env });
    };
    const stopped = await stopMidway(begin, signal, () => filesBelow(target).length, 600);
    expect(stopped).toEqual({ status, out: "", err: status === null ? "" : "seamless download: interrupted\n" });
    const there = filesBelow(target).filter((path) => !path.endsWith(".tmp"));
    expect(there.length).toBeLessThan(600);
    for (const [path, content] of Object.entries(snapshot(target))) {
      if (path in FILES) expect(content).toBe(FILES[path]);
    }
    if (signal === "SIGINT") expect(filesBelow(target).filter((path) => path.endsWith(".tmp"))).toEqual([]);
    // As if it had been killed in the middle of a file, on another computer.
    const others = { "0/.file-0.0123456789ab.tmp": "0", "0/.other.0123456789ab.tmp": "of somebody else" };
    writeTree(target, others);
    const { status: ended, out } = await run("seamless download", ["--json", "d.INDEX"], { cwd: dir, env });
    // They might belong to a download that is going on, and are not in the index. An hour later they do not. What its own killed
    // process has left is gone at once.
    expect(ended).toBe(1);
    expect(jsonLines(out)).toMatchObject([{ files: 600, written: { files: 600 - there.length } }]);
    const left = filesBelow(target).filter((path) => path.endsWith(".tmp"));
    expect(left).toEqual(["0/.file-0.0123456789ab.tmp"]);
    const then = Date.now() / 1000 - 3700;
    for (const path of left) utimesSync(join(target, path), then, then);
    // What nobody can know to be a part of a listed file stays, and makes the checksum of the directory another one.
    const last = await run("seamless download", ["d.INDEX"], { cwd: dir, env });
    expect(last).toMatchObject({ status: 1, err: expect.stringContaining(".other.0123456789ab.tmp") });
    expect(snapshot(target)).toEqual({ ...before, "0/.other.0123456789ab.tmp": "of somebody else" });
  });
});
