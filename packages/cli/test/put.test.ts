import { chmodSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run, shell } from "./support/commands.ts";
import { jsonLines, sha256, writeSparse, writeTree } from "./support/files.ts";
import { stored } from "./support/stores.ts";
import { test } from "./support/test.ts";

const HELLO = sha256("hello\n");

describe.concurrent("seamless put", () => {
  test("one file: its checksum and nothing else; the store has it", async ({ dir }) => {
    writeTree(dir, { a: "hello\n" });
    expect(await run("seamless put", ["--store", "store", "a"], { cwd: dir })).toEqual({
      status: 0,
      out: `${HELLO}\n`,
      err: "",
    });
    expect(stored(join(dir, "store"))).toEqual([HELLO]);
    // Once more is as well.
    expect((await run("seamless put", ["--store", "store", "a"], { cwd: dir })).status).toBe(0);
  });

  test("several files: the lines that seamless-checksum prints, which sha256sum accepts", async ({ dir }) => {
    writeTree(dir, { a: "hello\n", "new\nline": "1", "back\\slash": "", "-x": "2" });
    const files = ["a", "new\nline", "back\\slash", "-x", "-"];
    const env = { SEAMLESS_STORE: "store" };
    const put = await run("seamless put", ["--", ...files], { cwd: dir, env, input: "in" });
    const checksum = await run("seamless-checksum", ["--", ...files], { cwd: dir, input: "in" });
    expect(put).toEqual(checksum);
    expect(stored(join(dir, "store"))).toEqual(["hello\n", "1", "", "2", "in"].map(sha256).sort());
  });

  test.for([
    ["nothing", new Uint8Array()],
    ["little", Buffer.from("hello\n")],
    ["more than a pipe holds", Buffer.alloc(3_000_001, "0123456789")],
  ] as const)("standard input with %s", async ([, input], { dir }) => {
    const put = await run("seamless put", ["--store", "store", "-"], { cwd: dir, input });
    expect(put).toEqual({ status: 0, out: `${sha256(input)}\n`, err: "" });
    expect(stored(join(dir, "store"))).toEqual([sha256(input)]);
  });

  test("a directory as standard input is an error; a file may be standard input", async ({ dir }) => {
    writeTree(dir, { a: "hello\n" });
    expect(await shell("seamless put --store store - < .", dir)).toEqual({
      status: 1,
      out: "",
      err: "seamless put: cannot read standard input: it is a directory\n",
    });
    expect((await shell("seamless put --store store - < a", dir)).out).toBe(`${HELLO}\n`);
  });

  test("one that fails does not stop the others", async ({ dir }) => {
    writeTree(dir, { a: "hello\n", b: "b" });
    mkdirSync(join(dir, "folder"));
    const put = await run("seamless put", ["--store", "store", "a", "missing", "folder", "b"], { cwd: dir });
    expect(put).toEqual({
      status: 1,
      out: `${HELLO}  a\n${sha256("b")}  b\n`,
      err:
        "seamless put: cannot read missing: no such file or directory\n" +
        "seamless put: cannot read folder: it is a directory, not a regular file\n",
    });
    expect(stored(join(dir, "store"))).toEqual([HELLO, sha256("b")].sort());
  });

  test("--json: an object a line, for errors too; --progress counts the bytes", async ({ dir }) => {
    writeTree(dir, { a: "hello\n", b: "123456" });
    const { out, err } = await run("seamless put", ["--store=store", "--json", "--progress", "a", "missing", "b"], {
      cwd: dir,
    });
    expect(jsonLines(out)).toEqual([
      { path: "a", checksum: HELLO },
      { path: "missing", error: expect.objectContaining({ code: "NOT_FOUND" }) },
      { path: "b", checksum: sha256("123456") },
    ]);
    expect(err).toMatch(/3 of 3 files, 12 B of 12 B, 100 %, .*\/s, \d+:\d\d\n$/);
  });

  test("memory does not grow with the file, nor with standard input, of which no file is left", async ({ dir }) => {
    writeSparse(join(dir, "large"), 2 ** 28);
    const report = "process.on('exit',()=>console.error(process.resourceUsage().maxRSS))";
    const env = { NODE_OPTIONS: `--import "data:text/javascript,${report}"`, TMPDIR: dir };
    const file = await run("seamless put", ["--store", "store", "large"], { cwd: dir, env });
    expect(file.status).toBe(0);
    const input = await shell("head -c 268435457 /dev/zero | seamless put --store store -", dir, env);
    expect(input.status).toBe(0);
    // In kB. Node alone takes some 60 MB.
    for (const { err } of [file, input]) expect(Number(err)).toBeLessThan(200_000);
    expect(readdirSync(dir).filter((name) => name.startsWith("seamless-put-"))).toEqual([]);
  });

  test("a store that may not be written: an error", async ({ dir, fullInstallation }) => {
    writeTree(dir, { a: "hello\n", "store/x": "" });
    chmodSync(join(dir, "store"), 0o555);
    const options = { cwd: dir, installation: fullInstallation, unprivileged: true };
    const { status, out, err } = await run("seamless put", ["--store", "store", "a"], options);
    chmodSync(join(dir, "store"), 0o755);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toMatch(/^seamless put: cannot (?:make|write) .*: permission denied\n$/);
  });

  test("a full disk: an error, and nothing is left of it", async ({ dir, disk }) => {
    writeTree(dir, { large: Buffer.alloc(100_000), small: "1" });
    const store = join(disk, "store");
    const { status, out, err } = await run("seamless put", ["--store", store, "large", "small"], { cwd: dir });
    expect({ status, out }).toEqual({ status: 1, out: `${sha256("1")}  small\n` });
    expect(err).toMatch(/^seamless put: cannot write .*: no space left on the device\n$/);
    expect(stored(store)).toEqual([sha256("1")]);
    const input = await run("seamless put", ["--store", "store", "-"], {
      cwd: dir,
      env: { TMPDIR: disk },
      input: Buffer.alloc(100_000),
    });
    expect(input).toEqual({
      status: 1,
      out: "",
      err: `seamless put: cannot keep standard input in ${disk}: no space left on the device\n`,
    });
    expect(tmpdir()).not.toBe(disk);
  });
});
