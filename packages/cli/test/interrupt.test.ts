import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { linkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { type CommandName, ended, start } from "./support/commands.ts";
import { ENDLESS, list, snapshot, writeSparse, writeTree } from "./support/files.ts";
import { inTerminal } from "./support/terminal.ts";
import { test } from "./support/test.ts";

/** Send a signal when the command says that it has got somewhere, and wait for its end. */
async function interrupt(child: ChildProcess, signal: NodeJS.Signals) {
  const outcome = ended(child);
  await once(child.stderr!, "data");
  child.kill(signal);
  const { status, out, err } = await outcome;
  return { status, out, err: err.trimEnd().split("\n").at(-1) };
}

describe.concurrent("Ctrl-C", () => {
  test.for<[CommandName, string, NodeJS.Signals, number]>([
    ["seamless-checksum", "d/endless", "SIGINT", 130],
    ["seamless-checksum-file", "d/endless", "SIGINT", 130],
    ["seamless-checksum-index", "d", "SIGINT", 130],
    ["seamless-checksum-index", "d", "SIGTERM", 143],
  ])("%s %s, in a large file, by %s: status %i", async ([name, operand, signal, status], { dir }) => {
    writeTree(dir, { "d/a": "1", "d.INDEX": "old", "d.CHECKSUM": "older" });
    writeSparse(join(dir, "d/endless"), ENDLESS);
    const before = snapshot(dir);
    const child = start(name, ["--progress", operand], { cwd: dir });
    expect(await interrupt(child, signal)).toEqual({ status, out: "", err: `${name}: interrupted` });
    expect(snapshot(dir)).toEqual(before);
  });

  test("in many files, on several threads", async ({ dir }) => {
    writeTree(dir, { "d/0": Buffer.alloc(900_000), "d.INDEX": "old" });
    for (let i = 1; i < 4000; i++) linkSync(join(dir, "d/0"), join(dir, `d/${i}`));
    const child = start("seamless-checksum-index", ["--progress", "d"], { cwd: dir });
    expect(await interrupt(child, "SIGINT")).toEqual({
      status: 130,
      out: "",
      err: "seamless-checksum-index: interrupted",
    });
    expect(list(dir)).toEqual(["d", "d.INDEX"]);
  });

  test("while it waits for standard input", async () => {
    const child = start("seamless-checksum", ["--progress", "-"]);
    child.stdin!.write("something");
    expect(await interrupt(child, "SIGINT")).toEqual({ status: 130, out: "", err: "seamless-checksum: interrupted" });
    child.stdin!.destroy();
  });

  test("stops what is left to do", async ({ dir }) => {
    writeTree(dir, { a: "1", b: "2" });
    writeSparse(join(dir, "endless"), ENDLESS);
    const child = start("seamless-checksum-file", ["--quiet", "a", "endless", "b"], { cwd: dir });
    const outcome = ended(child);
    await vi.waitFor(() => expect(list(dir)).toContain("a.CHECKSUM"), { interval: 5, timeout: 10_000 });
    child.kill("SIGINT");
    expect(await outcome).toEqual({ status: 130, out: "", err: "seamless-checksum-file: interrupted\n" });
    expect(list(dir)).toEqual(["a", "a.CHECKSUM", "b", "endless"]);
  });

  test("typed at a terminal", async ({ dir }) => {
    writeSparse(join(dir, "endless"), ENDLESS);
    const { status, out } = await inTerminal("seamless-checksum", ["endless"], dir, "\x03");
    expect(status).toBe(130);
    expect(out).toMatch(/\r\x1b\[Kseamless-checksum: interrupted\r\n$/);
  });
});
