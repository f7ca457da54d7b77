import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { refusal, run } from "./support/commands.ts";
import { jsonLines, writeTree } from "./support/files.ts";
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
      "seamless-checksum-index: --exclude *.x\\x1b matches nothing",
      "seamless-checksum-index: --include [z matches nothing",
    ]);
    const env = { SEAMLESS_STORE: "store" };
    const uploaded = await run("seamless upload", ["--exclude", "b", "d"], { cwd: dir, env });
    expect(uploaded.err).toMatch(/put 1 file, 1 B into .*store; left out 1 folder\n$/);
    // The same checksum without them.
    expect(uploaded.out).toBe(`${(jsonLines(out)[0] as { checksum: string }).checksum}\n`);
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
