import { spawn } from "node:child_process";
import { mkdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { run, shell } from "./support/commands.ts";
import { jsonLines, sha256, writeSparse, writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

const HELLO = sha256("hello\n");

describe.concurrent("seamless-checksum", () => {
  test("one file: its checksum and nothing else", async ({ dir }) => {
    writeTree(dir, { "hello.txt": "hello\n" });
    symlinkSync("hello.txt", join(dir, "link"));
    expect(await run("seamless-checksum", ["hello.txt"], { cwd: dir })).toEqual({
      status: 0,
      out: `${HELLO}\n`,
      err: "",
    });
    expect(await run("seamless-checksum", [join(dir, "link")])).toEqual({ status: 0, out: `${HELLO}\n`, err: "" });
  });

  test("several files: the lines of sha256sum, which it accepts, for names of any kind", async ({ dir }) => {
    const names = ["a", "new\nline", 'quo"te', "it's", "back\\slash", "\\n", "car\rriage", "s p", "-x", "ü😀", "%s\t"];
    writeTree(dir, Object.fromEntries(names.map((name, i) => [name, `content ${i}\n`.repeat(i)])));
    const ours = await run("seamless-checksum", ["--", ...names], { cwd: dir });
    expect(ours).toMatchObject({ status: 0, err: "" });
    writeTree(dir, { list: ours.out });
    const quoted = names.map((name) => `'${name.replaceAll("'", "'\\''")}'`).join(" ");
    expect(ours.out).toBe((await shell(`sha256sum -- ${quoted}`, dir)).out);
    expect(await shell("sha256sum --check --strict --quiet list", dir)).toEqual({ status: 0, out: "", err: "" });
  });

  test("sizes around a slice, and far over it", async ({ dir }) => {
    const sizes = [0, 1, 2 ** 16, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 5 * 2 ** 20 + 7];
    const files = Object.fromEntries(sizes.map((size) => [String(size), Buffer.alloc(size, `${size} `)]));
    writeTree(dir, files);
    const { out } = await run("seamless-checksum", Object.keys(files), { cwd: dir });
    expect(out).toBe(
      Object.entries(files)
        .map(([name, content]) => `${sha256(content)}  ${name}\n`)
        .join(""),
    );
  });

  test.for([
    ["nothing", new Uint8Array()],
    ["little", Buffer.from("hello\n")],
    ["more than a pipe holds", Buffer.alloc(300_001, "0123456789")],
  ] as const)("standard input with %s", async ([, input]) => {
    expect(await run("seamless-checksum", ["-"], { input })).toEqual({ status: 0, out: `${sha256(input)}\n`, err: "" });
  });

  test("standard input among files, and from a file", async ({ dir }) => {
    writeTree(dir, { a: "hello\n" });
    const both = await run("seamless-checksum", ["a", "-"], { cwd: dir, input: "in" });
    expect(both.out).toBe(`${HELLO}  a\n${sha256("in")}  -\n`);
    expect((await shell("seamless-checksum - < a", dir)).out).toBe(`${HELLO}\n`);
  });

  test("a directory as standard input is an error, not an empty file", async ({ dir }) => {
    expect(await shell("seamless-checksum - < .", dir)).toEqual({
      status: 1,
      out: "",
      err: "seamless-checksum: cannot read standard input: it is a directory\n",
    });
  });

  test("one that fails does not stop the others", async ({ dir }) => {
    writeTree(dir, { a: "hello\n", b: "b" });
    mkdirSync(join(dir, "folder"));
    symlinkSync("nowhere", join(dir, "dangling"));
    symlinkSync("loop", join(dir, "loop"));
    const operands = ["a", "missing", "folder", "dangling", "loop", "a/x", "new\nline", "b"];
    const { status, out, err } = await run("seamless-checksum", operands, { cwd: dir });
    expect(status).toBe(1);
    expect(out).toBe(`${HELLO}  a\n${sha256("b")}  b\n`);
    expect(err.split("\n")).toEqual([
      "seamless-checksum: cannot read missing: no such file or directory",
      "seamless-checksum: cannot read folder: it is a directory, not a regular file",
      "seamless-checksum: cannot read dangling: no such file or directory",
      "seamless-checksum: cannot read loop: a link that leads back to itself",
      "seamless-checksum: cannot read a/x: a part of the path is not a directory",
      'seamless-checksum: cannot read "new\\nline": no such file or directory',
      "",
    ]);
  });

  test("--json: an object a line, for one file, for several and for errors", async ({ dir }) => {
    writeTree(dir, { a: "hello\n" });
    const one = await run("seamless-checksum", ["--json", "a"], { cwd: dir });
    expect(jsonLines(one.out)).toEqual([{ path: "a", checksum: HELLO }]);
    const more = await run("seamless-checksum", ["a", "missing", "-", "--json"], { cwd: dir, input: "" });
    expect(more.status).toBe(1);
    expect(jsonLines(more.out)).toEqual([
      { path: "a", checksum: HELLO },
      {
        path: "missing",
        error: {
          code: "NOT_FOUND",
          message: "cannot read missing: no such file or directory",
          file: "missing",
        },
      },
      { path: "-", checksum: sha256("") },
    ]);
  });

  test("a file that grows while it is read has no checksum", async ({ dir, onTestFinished }) => {
    const file = join(dir, "growing");
    writeSparse(file, 2 ** 27);
    writeTree(dir, { a: "hello\n" });
    const writer = spawn("sh", ["-c", "while :; do echo more >> growing; done"], { cwd: dir });
    onTestFinished(() => void writer.kill("SIGKILL"));
    await vi.waitFor(() => expect(statSync(file).size).toBeGreaterThan(2 ** 27), { interval: 5, timeout: 10_000 });
    const { status, out, err } = await run("seamless-checksum", ["--json", "growing", "a"], { cwd: dir });
    writer.kill("SIGKILL");
    expect(status).toBe(1);
    expect(err).toBe("seamless-checksum: growing changed while it was read: try again when it is at rest\n");
    expect(jsonLines(out)).toEqual([
      { path: "growing", error: expect.objectContaining({ code: "FILE_CHANGED", file: "growing" }) },
      { path: "a", checksum: HELLO },
    ]);
  });
});
