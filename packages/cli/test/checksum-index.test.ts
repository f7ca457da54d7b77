import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { type Outcome, run, shell } from "./support/commands.ts";
import { indexOf, jsonLines, list, sha256, snapshot, writeSparse, writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

const FILES = { ".hidden": "h", a: "hello\n", "sub/b": "b" };
const INDEX = indexOf(FILES);
const CHECKSUM = sha256(INDEX);
const PRINTED: Outcome = { status: 0, out: `${CHECKSUM}\n`, err: "" };

describe.concurrent("seamless-checksum-index", () => {
  test("writes the index and its checksum beside the directory, and prints the checksum", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    mkdirSync(join(dir, "d/empty"));
    const before = snapshot(dir);
    expect(await run("seamless-checksum-index", ["d"], { cwd: dir })).toEqual(PRINTED);
    expect(snapshot(dir)).toEqual({
      ...before,
      "d.INDEX": INDEX,
      "d.CHECKSUM": `${CHECKSUM}\n`,
    });
  });

  test.for([
    [".", "d"],
    ["d/", "."],
    ["d///", "."],
    ["./d", "."],
    ["..", "d/sub"],
    ["d/sub/..", "."],
  ] as const)("%s in %s is resolved first", async ([operand, cwd], { dir }) => {
    writeTree(join(dir, "d"), FILES);
    expect(await run("seamless-checksum-index", [operand], { cwd: join(dir, cwd) })).toEqual(PRINTED);
    expect(readFileSync(join(dir, "d.INDEX"), "utf8")).toBe(INDEX);
    expect(readFileSync(join(dir, "d.CHECKSUM"), "utf8")).toBe(PRINTED.out);
  });

  test("a link to a directory is indexed as that directory, beside the link", async ({ dir }) => {
    writeTree(join(dir, "elsewhere/d"), FILES);
    symlinkSync("elsewhere/d", join(dir, "link"));
    expect(await run("seamless-checksum-index", ["link"], { cwd: dir })).toEqual(PRINTED);
    expect(readFileSync(join(dir, "link.INDEX"), "utf8")).toBe(INDEX);
  });

  test("an empty directory has an empty index", async ({ dir }) => {
    mkdirSync(join(dir, "d/e/f"), { recursive: true });
    expect((await run("seamless-checksum-index", ["d"], { cwd: dir })).out).toBe(`${sha256("{}\n")}\n`);
    expect(readFileSync(join(dir, "d.INDEX"), "utf8")).toBe("{}\n");
  });

  test("--dry-run prints the checksum and writes nothing", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    writeTree(dir, { "d.INDEX": "old", "d.CHECKSUM": "older" });
    const before = snapshot(dir);
    expect(await run("seamless-checksum-index", ["--dry-run", "d"], { cwd: dir })).toEqual(PRINTED);
    const json = await run("seamless-checksum-index", ["--dry-run", "--json", "d"], { cwd: dir });
    expect(jsonLines(json.out)).toEqual([expect.objectContaining({ checksum: CHECKSUM, written: false })]);
    expect(snapshot(dir)).toEqual(before);
  });

  test("several: lines that sha256sum accepts; one that fails does not stop the others", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", "back\\slash/a": "2", "x\ny/a": "3", "broken/a": "4", file: "5" });
    symlinkSync("nowhere", join(dir, "broken/dangling"));
    const operands = ["d", "missing", "file", "broken", "back\\slash", "x\ny"];
    const { status, out, err } = await run("seamless-checksum-index", operands, { cwd: dir });
    expect(status).toBe(1);
    expect(out.split("\n")).toEqual([
      `${sha256(indexOf({ a: "1" }))}  ${dir}/d.INDEX`,
      `\\${sha256(indexOf({ a: "2" }))}  ${dir}/back\\\\slash.INDEX`,
      `\\${sha256(indexOf({ a: "3" }))}  ${dir}/x\\ny.INDEX`,
      "",
    ]);
    expect(err.split("\n")).toEqual([
      `seamless-checksum-index: cannot index ${dir}/missing: no such file or directory`,
      `seamless-checksum-index: cannot index ${dir}/file: it is not a directory`,
      `seamless-checksum-index: ${dir}/broken/dangling is a dangling link (to nowhere)`,
      "",
    ]);
    writeTree(dir, { list: out });
    expect((await shell("sha256sum --check --strict list", dir)).status).toBe(0);
  });

  test("--json: an object a line, for results and errors", async ({ dir }) => {
    writeTree(join(dir, "d"), FILES);
    writeTree(join(dir, "e"), { a: "" });
    symlinkSync("nowhere", join(dir, "e/one"));
    symlinkSync("nowhere", join(dir, "e/two"));
    const { status, out } = await run("seamless-checksum-index", ["--json", "d", "e"], { cwd: dir });
    expect(status).toBe(1);
    expect(jsonLines(out)).toEqual([
      {
        path: "d",
        checksum: CHECKSUM,
        index: join(dir, "d.INDEX"),
        files: 3,
        bytes: 8,
        skipped: [],
        written: true,
      },
      {
        path: "e",
        error: {
          code: "INDEX_FAILED",
          message: expect.stringContaining("2 files failed"),
          file: join(dir, "e"),
          errors: [
            { code: "NOT_FOUND", message: expect.any(String), file: join(dir, "e/one") },
            { code: "NOT_FOUND", message: expect.any(String), file: join(dir, "e/two") },
          ],
        },
      },
    ]);
  });

  test("an index that cannot replace what is there leaves nothing behind", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", "d.INDEX/in the way": "" });
    const before = snapshot(dir);
    const { status, err } = await run("seamless-checksum-index", ["d"], { cwd: dir });
    expect({ status, err }).toEqual({
      status: 1,
      err: `seamless-checksum-index: cannot write ${dir}/d.INDEX: it is a directory\n`,
    });
    expect(snapshot(dir)).toEqual(before);
  });

  test("a file that grows while it is read: nothing is written", async ({ dir, onTestFinished }) => {
    const file = join(dir, "d/growing");
    writeTree(join(dir, "d"), FILES);
    writeSparse(file, 2 ** 27);
    const writer = spawn("sh", ["-c", "while :; do echo more >> d/growing; done"], { cwd: dir });
    onTestFinished(() => void writer.kill("SIGKILL"));
    await vi.waitFor(() => expect(statSync(file).size).toBeGreaterThan(2 ** 27), { interval: 5, timeout: 10_000 });
    const { status, out, err } = await run("seamless-checksum-index", ["d"], { cwd: dir });
    writer.kill("SIGKILL");
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toBe(`seamless-checksum-index: ${file} changed while it was read: try again when it is at rest\n`);
    expect(list(dir)).toEqual(["d"]);
  });
});
