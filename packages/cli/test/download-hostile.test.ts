import { mkdirSync, readFileSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { describe, expect, test as unit } from "vitest";
import { checkSafePaths } from "../src/transfer/download-plan.ts";
import { run } from "./support/commands.ts";
import { list, sha256, snapshot, writeSparse, writeTree } from "./support/files.ts";
import { keep } from "./support/stores.ts";
import { system, test } from "./support/test.ts";

const EVIL = "evil\n";
const HEX = sha256(EVIL);

const indexOfPaths = (paths: readonly string[]) =>
  `${JSON.stringify(Object.fromEntries(paths.map((path) => [path, HEX])), null, 2)}\n`;

async function prepare(dir: string, paths: readonly string[]) {
  const index = indexOfPaths(paths);
  await keep(join(dir, "store"), EVIL, index);
  writeTree(dir, { "t.INDEX": index, "outside/x": "mine" });
  return { cwd: dir, env: { SEAMLESS_STORE: join(dir, "store") } };
}

describe.concurrent("an index that is hostile", () => {
  test.for([
    [["../x"], "leaves the directory"],
    [["ok", "a/../../x"], "leaves the directory"],
    [["/etc/x"], "is absolute"],
    [["a//b"], "has an empty or"],
    [["./a"], "has an empty or"],
    [["a/"], "has an empty or"],
    [[""], "is empty"],
    [["a\0b"], "has a NUL in it"],
    [["a", "a/b"], "a is both a file and the directory of a/b"],
    [["a/b/c/d", "a-", "a/b"], "a/b is both a file and the directory of a/b/c/d"],
    [["ok", `a/${"x".repeat(256)}`], "contains a name of more than 255 bytes"],
    [["ok", "ü".repeat(128)], "contains a name of more than 255 bytes"],
  ] as const)("%j is refused: %s; nothing is written", async ([paths, reason], { dir }) => {
    const options = await prepare(dir, paths);
    for (const args of [["t.INDEX"], [sha256(indexOfPaths(paths)), "-o", "t", "--force"]]) {
      const { status, out, err } = await run("seamless download", args, options);
      expect({ status, out }).toEqual({ status: 1, out: "" });
      expect(err).toContain(reason);
      expect(err).not.toMatch(/[^\P{Cc}\n]/u);
    }
    expect(list(dir)).toEqual(["outside", "store", "t.INDEX"]);
  });

  test("that is far too large is not read", async ({ dir }) => {
    const options = await prepare(dir, ["a"]);
    writeSparse(join(dir, "large.INDEX"), 2 ** 40);
    const { status, err } = await run("seamless download", ["large.INDEX"], options);
    expect({ status, err }).toEqual({
      status: 1,
      err: "seamless download: large.INDEX is too large: the limit is 268435456 bytes\n",
    });
    expect(system("mkfifo", join(dir, "fifo.INDEX"))).toBe("");
    const fifo = await run("seamless download", ["fifo.INDEX"], options);
    expect(fifo.err).toBe("seamless download: cannot read fifo.INDEX: it is a FIFO, not a regular file\n");
  });
});

describe.concurrent("what lies in the target already", () => {
  test("a link in place of a directory is never followed, nor replaced", async ({ dir }) => {
    const options = await prepare(dir, ["sub/x", "sub/deep/y", "z"]);
    mkdirSync(join(dir, "t"));
    symlinkSync("../outside", join(dir, "t/sub"));
    writeTree(dir, { "outside/.x.0123456789ab.tmp": "not ours" });
    const before = snapshot(join(dir, "outside"));
    for (const args of [["t.INDEX"], ["t.INDEX", "--force"]]) {
      const { status, err } = await run("seamless download", args, options);
      expect(status).toBe(1);
      expect(err.split("\n").sort().slice(1, 3)).toEqual([
        "seamless download: cannot write t/sub/deep/y: t/sub is a link, which is not followed",
        "seamless download: cannot write t/sub/x: t/sub is a link, which is not followed",
      ]);
    }
    expect(snapshot(join(dir, "outside"))).toEqual(before);
    expect(readFileSync(join(dir, "t/z"), "utf8")).toBe(EVIL);
    expect(readlinkSync(join(dir, "t/sub"))).toBe("../outside");
  });

  test("a link in place of a file is replaced itself, and only with --force", async ({ dir }) => {
    const options = await prepare(dir, ["x", "y"]);
    mkdirSync(join(dir, "t"));
    symlinkSync("../outside/x", join(dir, "t/x"));
    symlinkSync("../outside/new", join(dir, "t/y"));
    const { status, err } = await run("seamless download", ["t.INDEX"], options);
    expect(status).toBe(1);
    for (const name of ["x", "y"]) {
      expect(err).toContain(`cannot write t/${name}: it is a link, which is not followed; --force replaces it\n`);
    }
    expect(snapshot(join(dir, "outside"))).toEqual({ x: "mine" });
    expect((await run("seamless download", ["t.INDEX", "--force"], options)).status).toBe(0);
    expect(snapshot(join(dir, "outside"))).toEqual({ x: "mine" });
    expect(snapshot(join(dir, "t"))).toEqual({ x: EVIL, y: EVIL });
  });

  test("a link to the very content is no file either", async ({ dir }) => {
    const options = await prepare(dir, ["x"]);
    writeTree(dir, { "outside/x": EVIL });
    mkdirSync(join(dir, "t"));
    symlinkSync("../outside/x", join(dir, "t/x"));
    expect((await run("seamless download", ["t.INDEX"], options)).status).toBe(1);
  });

  test("a directory or a FIFO in place of a file, and a file in place of a directory, stay", async ({ dir }) => {
    const options = await prepare(dir, ["folder", "fifo", "file/x"]);
    writeTree(dir, { "t/folder/mine": "mine", "t/file": "mine" });
    expect(system("mkfifo", join(dir, "t/fifo"))).toBe("");
    const before = snapshot(join(dir, "t"));
    const { status, err } = await run("seamless download", ["t.INDEX", "--force"], options);
    expect(status).toBe(1);
    expect(err.split("\n").sort()).toEqual([
      "",
      "seamless download: cannot write t/fifo: it is not a regular file",
      "seamless download: cannot write t/file/x: t/file is not a directory",
      "seamless download: cannot write t/folder: it is a directory",
      "seamless download: t is not complete: 3 of 3 files failed",
    ]);
    expect(snapshot(join(dir, "t"))).toEqual(before);
  });
});

describe("refuseUnsafe", () => {
  const check = (platform: string, ...paths: string[]) =>
    checkSafePaths(new Map(paths.map((path) => [path, new Checksum(HEX)])), "x.INDEX", platform);

  unit.each([
    "a\\b",
    "..\\x",
    "C:x",
    "a:stream",
    "nul",
    "d/CON.txt",
    "com1",
    "LPT¹.x",
    "aux ",
    "a.",
    "a ",
    'a"',
    "a*",
    "a\nb",
  ])("%j cannot be on Windows", (path) => {
    expect(() => check("win32", "ok", path)).toThrow(
      expect.objectContaining({
        code: "INVALID_NAME",
        message: expect.stringMatching(/^x\.INDEX cannot be downloaded here: /),
      }),
    );
    expect(() => check("linux", "ok", path)).not.toThrow();
  });

  unit.each(["console", "nulls.txt", "com", "com10", ".a", "a.b.c", "ü😀"])("%j can be everywhere", (path) => {
    for (const platform of ["win32", "darwin", "linux", "freebsd"]) expect(() => check(platform, path)).not.toThrow();
  });

  unit.each([
    ["A", "a"],
    ["x/\u00e9", "X/e\u0301"],
  ])("%j and %j are one file where case and composition do not count", (a, b) => {
    expect(() => check("darwin", a, b)).toThrow(expect.objectContaining({ code: "INVALID_INDEX" }));
    expect(() => check("linux", a, b)).not.toThrow();
  });

  unit.each([
    ["A/x", "a/y", "A and a"],
    ["d/A/b/x", "d/a/c/y", "d/A and d/a"],
  ])("nor can %j and %j lie in two directories there", (a, b, both) => {
    for (const platform of ["darwin", "win32"]) {
      expect(() => check(platform, "z", a, b)).toThrow(`${both} would be the same directory`);
    }
    expect(() => check("linux", a, b)).not.toThrow();
    expect(() => check("win32", a, a.replace("x", "y"))).not.toThrow();
  });

  unit("nor may one be the other's directory there", () => {
    expect(() => check("win32", "A", "a/b")).toThrow("A is both a file and the directory of a/b");
    expect(() => check("linux", "A", "a/b")).not.toThrow();
  });

  // One look at each name of each path takes half a second; at each other path, minutes.
  unit("a large index takes no time", () => {
    const paths = Array.from({ length: 100_000 }, (_, i) => `${i % 100}/${i % 1000}/deep/er/${i}`);
    const started = performance.now();
    check("linux", ...paths);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
