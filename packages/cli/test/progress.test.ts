import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test as unit } from "vitest";
import { formatBytes } from "../src/program/format.ts";
import { createRateMeter, progressLine } from "../src/program/progress.ts";
import { run, shell } from "./support/commands.ts";
import { jsonLines, sha256, writeSparse, writeTree } from "./support/files.ts";
import { inTerminal } from "./support/terminal.ts";
import { test } from "./support/test.ts";

describe("formatBytes", () => {
  unit.each([
    [0, "0 B"],
    [1, "1 B"],
    [999, "999 B"],
    [1000, "1.00 kB"],
    [1234, "1.23 kB"],
    [12_345, "12.3 kB"],
    [999_499, "999 kB"],
    [999_500, "1.00 MB"],
    [2 ** 30, "1.07 GB"],
    [5e12, "5.00 TB"],
    [Number.MAX_SAFE_INTEGER, "9.01 PB"],
    [0.4, "0 B"],
  ])("%d is %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe("progressLine", () => {
  const current = new Map([
    [1, { name: "a\nb", since: 1000 }],
    [2, { name: "later", since: 2000 }],
  ]);
  unit.each([
    [
      { files: 1, totalFiles: 3, bytes: 500, totalBytes: 2000 },
      { now: 0, elapsed: 500, rate: 1000 },
      "1 of 3 files, 500 B of 2.00 kB, 25 %, 1.00 kB/s, 0:00",
    ],
    [
      { files: 0, totalFiles: 1, bytes: 0, totalBytes: 10 },
      { now: 0, elapsed: 0, rate: 0 },
      "0 of 1 files, 0 B of 10 B, 0 %, 0 B/s, 0:00",
    ],
    [
      { files: 0, totalFiles: 1, bytes: 3e6, totalBytes: 0 },
      { now: 0, elapsed: 62_000, rate: 1.5e6 },
      "0 of 1 files, 3.00 MB, 1.50 MB/s, 1:02",
    ],
    [
      { files: 1, totalFiles: 2, bytes: 1999, totalBytes: 2000, current },
      { now: 3000, elapsed: 3000, rate: 2000 },
      "1 of 2 files, 2.00 kB of 2.00 kB, 99 %, 2.00 kB/s, 0:03, 0:00 left",
    ],
    [
      { files: 1, totalFiles: 2, bytes: 0, totalBytes: 10_000_000, current },
      { now: 3001, elapsed: 3_723_000, rate: 1000 },
      "1 of 2 files, 0 B of 10.0 MB, 0 %, 1.00 kB/s, 1:02:03, 2:46:40 left: a\\nb",
    ],
    [
      { files: 2, totalFiles: 2, bytes: 10, totalBytes: 10 },
      { now: 0, elapsed: 1000, rate: 10 },
      "2 of 2 files, 10 B of 10 B, 100 %, 10 B/s, 0:01",
    ],
  ])("%j at %j", (state, times, line) => {
    expect(progressLine(state, times)).toBe(line);
  });
});

describe("the rate", () => {
  unit("is that of the last ten seconds, and never below nothing", () => {
    const rate = createRateMeter(0);
    expect(rate(0, 0)).toBe(0);
    expect(rate(1000, 500)).toBe(500);
    for (let second = 2; second <= 20; second++) rate(second * 1000, 500 + second);
    expect(rate(20_000, 520)).toBeCloseTo(1);
    // A file is tried again.
    expect(rate(21_000, 0)).toBe(0);
    expect(rate(22_000, 100)).toBeGreaterThanOrEqual(0);
  });
});

const RATE = "[\\d.]+ [kMGT]?B/s, \\d+:\\d\\d";

describe.concurrent("progress", () => {
  test("is shown on standard error where --progress asks for it, with files, bytes, totals and rate", async ({
    dir,
  }) => {
    writeTree(dir, { a: "hello\n", b: "1234", "d/a": "hello\n", "d/sub/b": "1234" });
    const files = await run("seamless-checksum", ["--progress", "a", "b"], { cwd: dir });
    expect(files.out).toBe(`${sha256("hello\n")}  a\n${sha256("1234")}  b\n`);
    expect(files.err).toMatch(new RegExp(`(^|\n)2 of 2 files, 10 B of 10 B, 100 %, ${RATE}\n$`));
    const index = await run("seamless-checksum-index", ["--progress", "--json", "d"], { cwd: dir });
    expect(jsonLines(index.out)).toEqual([expect.objectContaining({ files: 2, bytes: 10 })]);
    expect(index.err).toMatch(new RegExp(`(^|\n)2 of 2 files, 10 B of 10 B, 100 %, ${RATE}\n$`));
    const file = await run("seamless-checksum-file", ["--progress", "a"], { cwd: dir });
    expect(file.err).toMatch(new RegExp(`1 of 1 files, 6 B of 6 B, 100 %, ${RATE}\n`));
    const input = await run("seamless-checksum", ["--progress", "-"], { input: "12345" });
    expect(input.err).toMatch(new RegExp(`1 of 1 files, 5 B, ${RATE}\n$`));
  });

  test("is not shown to a file or a pipe, nor with --quiet", async ({ dir }) => {
    writeTree(dir, { a: "hello\n", "d/a": "hello\n" });
    expect((await run("seamless-checksum", ["a"], { cwd: dir })).err).toBe("");
    expect((await run("seamless-checksum-index", ["d"], { cwd: dir })).err).toBe("");
    expect((await run("seamless-checksum", ["--progress", "--quiet", "a"], { cwd: dir })).err).toBe("");
    expect((await shell("seamless-checksum-index --verify d 2> err; cat err", dir)).out).toBe("d: OK, 1 file\n");
  });

  test("is shown on a terminal, in one line that makes room for results", async ({ dir }) => {
    writeTree(dir, { "d/a": "hello\n" });
    writeSparse(join(dir, "d/sparse"), 2 ** 28);
    const line = `\\r\\d of 2 files, [\\d.]+ [kM]?B of 268 MB, \\d+ %, ${RATE}(?:, [\\d:]+ left)?(?:: \\S+)?\\x1b\\[K`;
    for (const [name, args] of [
      ["seamless-checksum", ["d/a", "d/sparse"]],
      ["seamless-checksum-index", ["d"]],
    ] as const) {
      const { status, out } = await inTerminal(name, args, dir);
      expect(status).toBe(0);
      expect(out).toMatch(new RegExp(`^(${line})+`));
      expect(out).toMatch(/\r\x1b\[K[0-9a-f]{64}[^\r\n]*\r\n/);
      // Nothing of it stays.
      const screen = out.split("\n").map((text) => text.replace(/\r$/, "").split("\x1b[K").at(-1)!.split("\r").at(-1)!);
      expect(screen.join("\n")).toMatch(/^([0-9a-f]{64}.*\n)+$/);
    }
    const quiet = await inTerminal("seamless-checksum", ["--quiet", "d/a"], dir);
    expect(quiet.out).toBe(`${sha256("hello\n")}\r\n`);
    expect(existsSync(join(dir, "d.INDEX"))).toBe(true);
    expect(readFileSync(join(dir, "d.INDEX"), "utf8")).not.toContain("\x1b");
  });
});
