import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { refusal, run, shell } from "./support/commands.ts";
import { indexOf, jsonLines, list, sha256, writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

const FILES = [
  ".hidden",
  ".git/config",
  "a.csv",
  "a.log",
  "A.LOG",
  "build/a.csv",
  "src/build/b.csv",
  "src/c.txt",
  "src/.d/e.csv",
  "x\ny.log",
];

/** The paths of the index that is made with some options. */
async function indexed(dir: string, ...args: string[]): Promise<{ paths: string[]; err: string }> {
  const { status, err } = await run("seamless-checksum-index", [...args, "d"], { cwd: dir });
  expect(status, err).toBe(0);
  const verified = await run("seamless-checksum-index", ["--verify", ...args, "d"], { cwd: dir });
  expect(verified.status, verified.out).toBe(0);
  return { paths: Object.keys(JSON.parse(readFileSync(join(dir, "d.INDEX"), "utf8"))), err };
}

const without = (...left: string[]) => FILES.filter((path) => !left.includes(path)).sort();

describe.concurrent("what is left out", () => {
  test.for<[string, string[], string[], string]>([
    ["nothing, for what a folder has in it", [], without(), ""],
    [
      "files by a glob, at any depth",
      ["--exclude", "*.csv"],
      without("a.csv", "build/a.csv", "src/build/b.csv", "src/.d/e.csv"),
      "4 files",
    ],
    ["files by a glob, as they are written", ["--exclude", "*.log"], without("a.log", "x\ny.log"), "2 files"],
    ["folders, at any depth", ["--exclude", "build/"], without("build/a.csv", "src/build/b.csv"), "2 folders"],
    ["a folder by its path", ["--exclude", "/build"], without("build/a.csv"), "1 folder"],
    [
      "what several globs say",
      ["--exclude", "*.log", "--exclude=build"],
      without("a.log", "x\ny.log", "build/a.csv", "src/build/b.csv"),
      "2 files and 2 folders",
    ],
    [
      "all but what a later glob takes back",
      ["--exclude", "*.log", "--exclude", "!a.log"],
      without("x\ny.log"),
      "1 file",
    ],
    [
      "all but what is included",
      ["--include", "*.csv"],
      ["a.csv", "build/a.csv", "src/.d/e.csv", "src/build/b.csv"],
      "6 files",
    ],
    [
      "all but a folder that is included",
      ["--include", "/src/"],
      ["src/.d/e.csv", "src/build/b.csv", "src/c.txt"],
      "7 files",
    ],
    [
      "of what is included what is excluded",
      ["--include", "*.csv", "--exclude", "build"],
      ["a.csv", "src/.d/e.csv"],
      "6 files and 2 folders",
    ],
    ["what is hidden", ["--no-hidden"], without(".hidden", ".git/config", "src/.d/e.csv"), "1 file and 2 folders"],
    [
      "what is hidden, but for one",
      ["--no-hidden", "--exclude", "!.hidden"],
      without(".git/config", "src/.d/e.csv"),
      "2 folders",
    ],
  ])("%s", async ([, args, paths, what], { dir }) => {
    writeTree(join(dir, "d"), Object.fromEntries(FILES.map((path) => [path, path])));
    // Its mere presence changes nothing.
    if (args.length === 0) writeFileSync(join(dir, "d/.gitignore"), "*\n");
    const found = await indexed(dir, ...args);
    expect(found.paths.filter((path) => path !== ".gitignore").sort()).toEqual([...paths].sort());
    if (what === "") expect(found.err).toBe("");
    else expect(found.err).toMatch(new RegExp(`^seamless-checksum-index: d: \\d+ files, .*; left out ${what}\n$`));
  });

  test("what files of globs say, with comments, and the command line after them", async ({ dir }) => {
    writeTree(join(dir, "d"), Object.fromEntries(FILES.map((path) => [path, path])));
    writeFileSync(join(dir, "one"), "\ufeff# not these\n\n*.csv\r\n!a.csv\n");
    writeFileSync(join(dir, "two"), ".*\nnothing-like-it\n");
    const { paths, err } = await indexed(dir, "--ignore-file", "one", "--ignore-file", "two", "--exclude", "!.hidden");
    expect(paths.sort()).toEqual([".hidden", "A.LOG", "a.csv", "a.log", "build/a.csv", "src/c.txt", "x\ny.log"].sort());
    expect(err).not.toContain("matches nothing");
  });

  test("need not be readable, nor lead anywhere", async ({ dir }) => {
    writeTree(join(dir, "d"), { a: "1" });
    symlinkSync("nowhere", join(dir, "d/broken"));
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/d/`), Buffer.from([0xff]), Buffer.from(".bak")]), "x");
    expect((await indexed(dir, "--exclude", "broken", "--exclude", "*.bak")).paths).toEqual(["a"]);
  });

  test("is told, and which globs match nothing", async ({ dir }) => {
    writeTree(join(dir, "d"), { a: "1", "b/c": "2", "b/e": "3" });
    const args = ["--exclude", "b", "--exclude", "/b/", "--exclude", "*.x\x1b", "--include", "a", "--include", "[z"];
    const { out, err } = await run("seamless-checksum-index", ["--json", ...args, "d"], { cwd: dir });
    expect(jsonLines(out)).toMatchObject([{ files: 1, leftOut: { files: 0, folders: 1 } }]);
    expect(err.split("\n").slice(0, -1)).toEqual([
      "seamless-checksum-index: d: 1 file, 1 B; left out 1 folder",
      "seamless-checksum-index: --exclude *.x\\x1b matches nothing outside of the folders that are left out",
      "seamless-checksum-index: --include [z matches nothing outside of the folders that are left out",
    ]);
    const env = { SEAMLESS_STORE: "store" };
    const uploaded = await run("seamless upload", ["--exclude", "b", "d"], { cwd: dir, env });
    expect(uploaded.err).toMatch(/put 1 file, 1 B into .*store; left out 1 folder\n$/);
    // The same checksum without them.
    expect(uploaded.out).toBe(`${(jsonLines(out)[0] as { checksum: string }).checksum}\n`);
  });

  test("may hide what a glob matches: that is not said to match nothing", async ({ dir }) => {
    writeTree(dir, { "d/sub/c": "1", "d/x": "2", "e/x": "2" });
    const index = (...args: string[]) => run("seamless index", ["--dry-run", ...args, "d"], { cwd: dir });
    const hidden = "matches nothing outside of the folders that are left out";
    for (const [option, glob] of [
      ["--exclude", "sub/c"],
      ["--exclude", "*.o"],
      ["--include", "sub/c"],
    ] as const) {
      const args = ["--exclude", "sub", "--include", "x", option, glob];
      const { status, err } = await index(...args);
      expect({ status, lines: err.split("\n").slice(1) }).toEqual({
        status: 0,
        lines: [`seamless index: ${option} ${glob} ${hidden}`, ""],
      });
      const diff = await run("seamless diff", [...args, "d", "e"], { cwd: dir });
      expect(diff).toEqual({ status: 0, out: "", err: `seamless diff: ${option} ${glob} ${hidden}\n` });
    }
    expect((await index("--exclude", "sub", "--include", "sub/c")).err).toBe(
      `seamless index: nothing of d is left: 1 file and 1 folder left out; --include sub/c ${hidden}\n`,
    );
  });

  test("is explained once where nothing is left", async ({ dir }) => {
    writeTree(dir, { "d/a": "1" });
    const outcome = async (...args: string[]) => (await run("seamless index", [...args, "d"], { cwd: dir })).err;
    const name = "seamless index: nothing of d is left: 1 file left out";
    expect(await outcome("--exclude", "*.nomatch", "--include", "*.zzz")).toBe(
      `${name}; --exclude *.nomatch matches nothing; --include *.zzz matches nothing\n`,
    );
    expect(await outcome("--include", "!a")).toBe(
      `${name}; --include !a only takes back what an --include before it says: --exclude leaves out what matches\n`,
    );
    writeFileSync(join(dir, "d.INDEX"), indexOf({ a: "1" }));
    const download = ["--store=store", "-o", "copy", "--include", "!a", "d.INDEX"];
    const { err } = await run("seamless download", download, { cwd: dir });
    expect(err).toContain("; --include !a only takes back");
  });

  test("is never all that a directory has: nothing is written or put", async ({ dir }) => {
    writeTree(dir, { "d/a.csv": "1", "d/b/c": "2", "e/x": "3" });
    const name = "seamless-checksum-index";
    const before = (await run(name, ["d"], { cwd: dir })).out;
    const env = { SEAMLESS_STORE: "store" };
    const typo = ["--quiet", "--exclude", "b", "--include", "*.csvv", "d"];
    const all =
      "nothing of d is left: 1 file and 1 folder left out; --include *.csvv matches nothing outside of the folders that are left out";
    expect(await run(name, typo, { cwd: dir })).toEqual({ status: 1, out: "", err: `${name}: ${all}\n` });
    expect(await run(name, ["--dry-run", ...typo], { cwd: dir })).toMatchObject({ status: 1, out: "" });
    for (const args of [typo, ["--dry-run", ...typo]]) {
      expect(await run("seamless upload", args, { cwd: dir, env })).toEqual({
        status: 1,
        out: "",
        err: `seamless upload: ${all}\n`,
      });
    }
    const json = await run("seamless upload", ["--json", "--exclude", "*", "--quiet", "d", "e"], { cwd: dir, env });
    expect(json.status).toBe(1);
    expect(jsonLines(json.out)).toMatchObject([
      { path: "d", error: { code: "INDEX_FAILED" } },
      { path: "e", error: { code: "INDEX_FAILED", message: "nothing of e is left: 1 file left out" } },
    ]);
    expect(sha256(readFileSync(join(dir, "d.INDEX")))).toBe(before.trim());
    expect(list(dir)).toEqual(["d", "d.CHECKSUM", "d.INDEX", "e"]);
    // One that has nothing is empty.
    mkdirSync(join(dir, "empty"));
    expect((await run(name, ["--include", "*.csv", "empty"], { cwd: dir })).status).toBe(0);
  });

  test("is left out by upload too, and the index that it puts agrees", async ({ dir }) => {
    writeTree(join(dir, "d"), Object.fromEntries(FILES.map((path) => [path, path])));
    writeFileSync(join(dir, "globs"), "build/\n");
    const args = ["--no-hidden", "--include", "*.csv", "--include", "/src", "--ignore-file", "globs"];
    const env = { SEAMLESS_STORE: "store", XDG_CACHE_HOME: join(dir, "cache") };
    const expected = (await run("seamless-checksum-index", ["--dry-run", ...args, "d"], { cwd: dir })).out;
    for (const files of [2, 0]) {
      const { out } = await run("seamless upload", ["--incremental", "--json", ...args, "d"], { cwd: dir, env });
      expect(jsonLines(out)).toMatchObject([
        { checksum: expected.trim(), files: 2, put: { files }, leftOut: { files: 4, folders: 4 } },
      ]);
    }
    expect(Object.keys(JSON.parse(readFileSync(join(dir, "d.INDEX"), "utf8")))).toEqual(["a.csv", "src/c.txt"]);
    const verified = await run("seamless-checksum-index", ["--verify", ...args, "d"], { cwd: dir });
    expect(verified).toMatchObject({ status: 0, out: expect.stringContaining("d: OK, 2 files; left out") });
  });

  test("is what standard input says, or a pipe; one that ends, and is text", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", "d/b": "2", utf16: Buffer.from("\ufeffa\n", "utf16le"), latin: Buffer.from([0xe9]) });
    writeTree(dir, { zeros: Buffer.from("a\0\n") });
    const index = (...args: string[]) =>
      run("seamless-checksum-index", ["--dry-run", "--json", "--quiet", ...args, "d"], { cwd: dir, input: "a\n" });
    const hasOne = [{ files: 1, leftOut: { files: 1, folders: 0 } }];
    expect(jsonLines((await index("--ignore-file", "-")).out)).toMatchObject(hasOne);
    const line = "seamless-checksum-index --dry-run --json --quiet --ignore-file <(echo a) d";
    expect(jsonLines((await shell(line, dir)).out)).toMatchObject(hasOne);
    expect(await index("--ignore-file", "-", "--ignore-file", "-")).toMatchObject({
      status: 2,
      err: expect.stringContaining("standard input can be read only once\n"),
    });
    for (const name of ["utf16", "latin", "zeros"]) {
      expect(await index("--ignore-file", name)).toMatchObject({
        status: 1,
        err: `seamless-checksum-index: ${name} is not a file of globs: it is not text in UTF-8\n`,
      });
    }
    for (const [name, why] of [
      ["d", /cannot read d: it is a directory/],
      ["/dev/zero", /\/dev\/zero is too large for a file of globs: the limit is 16.8 MB\n/],
    ] as const) {
      expect(await index("--ignore-file", name)).toMatchObject({ status: 1, err: expect.stringMatching(why) });
    }
  });

  test.for<[string[], string]>([
    [["--exclude"], "'--exclude' needs a value"],
    [["--exclude="], "--exclude needs GLOB"],
    [["--include", "", "d"], "--include needs GLOB"],
    [["--no-hidden=1"], "Option '--no-hidden' does not take an argument"],
  ])("%j is wrong usage", async ([args, reason], { dir }) => {
    mkdirSync(join(dir, "d"));
    expect(await run("seamless-checksum-index", args, { cwd: dir })).toEqual(
      refusal("seamless-checksum-index", reason),
    );
  });

  test("a file of globs that is not there is an error", async ({ dir }) => {
    mkdirSync(join(dir, "d"));
    expect(await run("seamless-checksum-index", ["--ignore-file", "none", "d"], { cwd: dir })).toEqual({
      status: 1,
      out: "",
      err: "seamless-checksum-index: cannot read none: no such file or directory\n",
    });
  });
});
