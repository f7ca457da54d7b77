import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run } from "./support/commands.ts";
import { jsonLines, list, sha256, snapshot, writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

const HELLO = sha256("hello\n");

describe.concurrent("seamless-checksum-file", () => {
  test("writes the checksum beside each file, says so, and prints nothing", async ({ dir }) => {
    writeTree(dir, { a: "hello\n", "sub/b c": "b", "a.CHECKSUM": "old" });
    const operands = ["a", join(dir, "sub/b c")];
    expect(await run("seamless-checksum-file", operands, { cwd: dir })).toEqual({
      status: 0,
      out: "",
      err:
        "seamless-checksum-file: wrote a.CHECKSUM\n" +
        `seamless-checksum-file: wrote ${join(dir, "sub/b c.CHECKSUM")}\n`,
    });
    expect(snapshot(dir)).toEqual({
      a: "hello\n",
      "a.CHECKSUM": `${HELLO}\n`,
      sub: "",
      "sub/b c": "b",
      "sub/b c.CHECKSUM": `${sha256("b")}\n`,
    });
  });

  test("the checksum of X.INDEX goes to X.CHECKSUM, and is that of the directory", async ({ dir }) => {
    writeTree(dir, { "data/a": "hello\n" });
    const indexed = await run("seamless-checksum-index", ["data"], { cwd: dir });
    writeTree(dir, { "data.CHECKSUM": "lost" });
    expect((await run("seamless-checksum-file", ["--quiet", "data.INDEX"], { cwd: dir })).status).toBe(0);
    expect(readFileSync(join(dir, "data.CHECKSUM"), "utf8")).toBe(indexed.out);
    expect((await run("seamless-checksum-index", ["--verify", "data"], { cwd: dir })).status).toBe(0);
  });

  test("--dry-run writes nothing, --quiet says nothing", async ({ dir }) => {
    writeTree(dir, { "new\nline": "hello\n" });
    const before = snapshot(dir);
    const dry = await run("seamless-checksum-file", ["--dry-run", "new\nline"], { cwd: dir });
    expect(dry).toEqual({ status: 0, out: "", err: "seamless-checksum-file: would write new\\nline.CHECKSUM\n" });
    expect(snapshot(dir)).toEqual(before);
    const quiet = await run("seamless-checksum-file", ["--quiet", "new\nline"], { cwd: dir });
    expect(quiet).toEqual({ status: 0, out: "", err: "" });
    expect(readFileSync(join(dir, "new\nline.CHECKSUM"), "utf8")).toBe(`${HELLO}\n`);
  });

  test("two operands may not have one target: nothing is written", async ({ dir }) => {
    writeTree(dir, { x: "1", "x.INDEX": "2", "sub/y": "3" });
    const before = snapshot(dir);
    for (const [operands, target] of [
      [["x", "x.INDEX"], "x.CHECKSUM"],
      [["sub/y", "x", `${dir}/x`], `${dir}/x.CHECKSUM`],
      [["--dry-run", "x", "sub/../x"], "sub/../x.CHECKSUM"],
    ] as const) {
      const [first, second] = operands.slice(-2);
      const { status, out, err } = await run("seamless-checksum-file", operands, { cwd: dir });
      expect({ status, out }).toEqual({ status: 2, out: "" });
      expect(err).toContain(`seamless-checksum-file: ${first} and ${second} have the same target, ${target}\n`);
    }
    expect(snapshot(dir)).toEqual(before);
  });

  test("--json: an object a line", async ({ dir }) => {
    writeTree(dir, { a: "hello\n" });
    const args = ["--json", "a", "missing"];
    const { status, out } = await run("seamless-checksum-file", args, { cwd: dir });
    expect(status).toBe(1);
    expect(jsonLines(out)).toEqual([
      { path: "a", checksum: HELLO, file: "a.CHECKSUM", written: true },
      { path: "missing", error: expect.objectContaining({ code: "NOT_FOUND", file: "missing" }) },
    ]);
    const dry = await run("seamless-checksum-file", ["--json", "--dry-run", "a"], { cwd: dir });
    expect(jsonLines(dry.out)).toEqual([{ path: "a", checksum: HELLO, file: "a.CHECKSUM", written: false }]);
  });

  test("one that fails does not stop the others, and leaves nothing", async ({ dir }) => {
    writeTree(dir, { a: "hello\n", b: "b" });
    mkdirSync(join(dir, "folder"));
    mkdirSync(join(dir, "a.CHECKSUM"));
    symlinkSync("nowhere", join(dir, "dangling"));
    const operands = ["missing", "folder", "dangling", "no/such/folder", "a", "b"];
    const { status, err } = await run("seamless-checksum-file", ["--quiet", ...operands], { cwd: dir });
    expect(status).toBe(1);
    expect(err.split("\n")).toEqual([
      "seamless-checksum-file: cannot read missing: no such file or directory",
      "seamless-checksum-file: cannot read folder: it is a directory, not a regular file",
      "seamless-checksum-file: cannot read dangling: no such file or directory",
      "seamless-checksum-file: cannot read no/such/folder: no such file or directory",
      "seamless-checksum-file: cannot write a.CHECKSUM: it is a directory",
      "",
    ]);
    expect(list(dir)).toEqual(["a", "a.CHECKSUM", "b", "b.CHECKSUM", "dangling", "folder"]);
  });
});
