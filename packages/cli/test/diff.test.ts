import { closeSync, cpSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect } from "vitest";
import { refusal, run, runAll, shell } from "./support/commands.ts";
import { indexOf, jsonLines, sha256, writeTree } from "./support/files.ts";
import { keep } from "./support/stores.ts";
import { inTerminal } from "./support/terminal.ts";
import { test, unavailable } from "./support/test.ts";

const BEFORE = { "a.txt": "hello\n", gone: "gone", old: "moved", same: "same" };
const AFTER = { "a.txt": "changed\n", fresh: "new", now: "moved", same: "same" };

const SUMMARY = "1 added, 1 removed, 1 changed, 1 moved";

/** Lines of the changes from BEFORE to AFTER; `known` says of which of both there are the files themselves. */
function changesOf(known: { readonly before: boolean; readonly after: boolean }): readonly string[] {
  const size = (side: boolean, text: string) => (side ? text : "");
  const either = known.before || known.after;
  const changed = `  (${size(known.before, "6 B") || "?"} → ${size(known.after, "8 B") || "?"})`;
  return [
    `changed  a.txt${size(either, changed)}`,
    `added    fresh${size(known.after, "  (3 B)")}`,
    `removed  gone${size(known.before, "  (4 B)")}`,
    `moved    old → now${size(either, "  (5 B)")}`,
  ];
}

const outOf = (known: { readonly before: boolean; readonly after: boolean }) =>
  `${[...changesOf(known), SUMMARY].join("\n")}\n`;

/** Both directories, their indexes in files, and a store that has the indexes, but not the files. */
async function prepare(dir: string): Promise<readonly [before: string, after: string]> {
  writeTree(join(dir, "a"), BEFORE);
  writeTree(join(dir, "b"), AFTER);
  const [before, after] = await keep(join(dir, "store"), indexOf(BEFORE), indexOf(AFTER));
  writeTree(dir, {
    "a.INDEX": indexOf(BEFORE),
    "b.INDEX": indexOf(AFTER),
    "a.CHECKSUM": `${before}\n`,
    "b.CHECKSUM": `${after}\n`,
  });
  return [before!, after!];
}

describe.concurrent("seamless diff", () => {
  test("directories, indexes, checksums and checksum files, in any pairing", async ({ dir }) => {
    const [before, after] = await prepare(dir);
    const as = ["a", "a/", "a.INDEX", "a.CHECKSUM", before];
    const bs = ["b", "./b", "b.INDEX", "b.CHECKSUM", after];
    const lines = as.flatMap((a) => bs.map((b) => ["--store=store", "--quiet", a, b] as const));
    const outcomes = await runAll(
      lines.map((args) => ["seamless diff", args]),
      { cwd: dir },
    );
    for (const [i, args] of lines.entries()) {
      // What was read here is known to the byte; of the others the store has no file.
      const out = outOf({ before: /^a\/?$/.test(args[2]), after: /b$/.test(args[3]) });
      expect([args, outcomes[i]]).toEqual([args, { status: 1, out, err: "" }]);
    }
    const same = await runAll(
      as.flatMap((a) => as.map((b) => ["seamless diff", ["--store=store", a, b]] as const)),
      { cwd: dir },
    );
    for (const outcome of same) expect(outcome).toEqual({ status: 0, out: "", err: "" });
  });

  test("what is left out is left out of both, also of an index", async ({ dir }) => {
    const [before] = await prepare(dir);
    const index = indexOf({ "x/same": "1", "x/b.log": "2", "x/.h": "3", "build/c": "4" });
    writeTree(dir, { "d/x/same": "1", "e.INDEX": index, globs: "*.log\nbuild/\n" });
    const left = ["--no-hidden", "--ignore-file", "globs"];
    const lines = [
      ["--exclude", "gone", "a.INDEX", "a"],
      ["--exclude", "gone", "--store=store", before, "a"],
      ["--include", "same", "a", "b.CHECKSUM", "--store=store"],
      [...left, "e.INDEX", "d"],
      [...left, "d", "e"],
      // Relative to what is compared.
      ["--exclude", "/b.log", "--exclude", ".h", "e.INDEX/x", "d/x"],
    ];
    const outcomes = await runAll(
      lines.map((args) => ["seamless diff", args]),
      { cwd: dir },
    );
    for (const [i, outcome] of outcomes.entries()) {
      expect([lines[i], outcome]).toEqual([lines[i], { status: 0, out: "", err: "" }]);
    }
    const note = await run("seamless diff", ["--exclude", "gone", "--exclude", "nope", "a", "b.INDEX"], { cwd: dir });
    expect(note.out).not.toMatch(/^removed/m);
    expect(note.err).toBe("seamless diff: --exclude nope matches nothing\n");
  });

  test("files and directories inside an index", async ({ dir }) => {
    const index = indexOf({ "x/a": "1", "x/b": "2", "y/a": "1", "y/c": "2" });
    writeTree(dir, { "d.INDEX": index });
    const [folders, same, files, unlike] = await runAll(
      [
        ["seamless diff", ["d/x", "d.INDEX/y/"]],
        ["seamless diff", ["d/x/a", "d/y/a"]],
        ["seamless diff", ["d/x/a", "d/y/c"]],
        ["seamless diff", ["d/x/a", "d/y"]],
      ],
      { cwd: dir },
    );
    expect(folders).toEqual({ status: 1, out: "moved    b → c\n0 added, 0 removed, 0 changed, 1 moved\n", err: "" });
    expect(same).toEqual({ status: 0, out: "", err: "" });
    expect(files).toMatchObject({ status: 1, out: "changed  d/y/c\n0 added, 0 removed, 1 changed, 0 moved\n" });
    expect(unlike).toEqual({
      status: 2,
      out: "",
      err: "seamless diff: cannot compare them: d/x/a is a file, and d/y a directory\n",
    });
  });

  test("files that are there are hashed, not taken for what names their old checksum", async ({ dir }) => {
    const old = { a: "old", same: "same" };
    writeTree(dir, {
      "d/a": "CHANGED",
      "d/same": "same",
      "e/new": "CHANGED",
      "d.INDEX": indexOf(old),
      one: "CHANGED",
      "one.CHECKSUM": sha256("old"),
    });
    const changed = (path: string, sizes: string) => ({
      status: 1,
      out: `changed  ${path}  (${sizes})\n0 added, 0 removed, 1 changed, 0 moved\n`,
      err: "",
    });
    const same = { status: 0, out: "", err: "" };
    const lines = [
      [["one", "one.CHECKSUM"], changed("one.CHECKSUM", "7 B → ?")],
      [["one.CHECKSUM", "one"], changed("one", "? → 7 B")],
      [["d/a", "d.INDEX/a"], changed("d.INDEX/a", "7 B → ?")],
      [["d.INDEX/a", "d/a"], changed("d/a", "? → 7 B")],
      [["d/same", "d.INDEX/same"], same],
      [["d/a", "e/new"], same],
      [["d/a", "d/same"], changed("d/same", "7 B → 4 B")],
      [["one", sha256("CHANGED")], same],
      [["one", sha256("old")], changed(sha256("old"), "7 B → ?")],
    ] as const;
    const outcomes = await runAll(
      lines.map(([args]) => ["seamless diff", args]),
      { cwd: dir },
    );
    for (const [i, [args, expected]] of lines.entries()) expect([args, outcomes[i]]).toEqual([args, expected]);
    // What was removed is not taken from the old index either.
    rmSync(join(dir, "d/a"));
    const [removed, inside] = await runAll(
      [
        ["seamless diff", ["d/a", "d.INDEX/a"]],
        ["seamless diff", ["d.INDEX", "d"]],
      ],
      { cwd: dir },
    );
    expect(removed).toEqual({
      status: 2,
      out: "",
      err: "seamless diff: cannot read d/a: it is not there; what d.INDEX has of it is d.INDEX/a\n",
    });
    expect(inside).toMatchObject({ status: 1, out: "removed  a\n0 added, 1 removed, 0 changed, 0 moved\n" });
  });

  test("checksums of single files in the store", async ({ dir }) => {
    const [one, two, index] = await keep(join(dir, "store"), "one", "two two", indexOf({ a: "one" }));
    const [files, unlike] = await runAll(
      [
        ["seamless diff", ["--store=store", one!, two!]],
        ["seamless diff", ["--store=store", one!, index!]],
      ],
      { cwd: dir },
    );
    expect(files).toMatchObject({ status: 1, out: expect.stringContaining(`changed  ${two}  (3 B → 7 B)\n`) });
    expect(unlike).toMatchObject({ status: 2, out: "", err: expect.stringContaining("cannot compare them") });
  });

  test("checksum files of single files need no store if they are the same", async ({ dir }) => {
    writeTree(dir, { "x.CHECKSUM": sha256("1"), "y.CHECKSUM": sha256("1") });
    expect(await run("seamless diff", ["x", "y"], { cwd: dir })).toEqual({ status: 0, out: "", err: "" });
    const [one, two] = await keep(join(dir, "store"), "one", "two two");
    writeTree(dir, { "x.CHECKSUM": one!, "y.CHECKSUM": two! });
    const { status, out } = await run("seamless diff", ["--store=store", "x", "y"], { cwd: dir });
    expect({ status, first: out.split("\n")[0] }).toEqual({ status: 1, first: "changed  y  (3 B → 7 B)" });
  });

  test("lengths, of files that are here and of what the store has; a store that is gone costs only those", async ({
    dir,
  }) => {
    await prepare(dir);
    // Of what is read here it need not be asked.
    const { out, err } = await run("seamless diff", ["--store=http://127.0.0.1:1", "a", "b"], { cwd: dir });
    expect({ out, err }).toEqual({ out: outOf({ before: true, after: true }), err: "" });
    await keep(join(dir, "store"), "hello\n", "changed\n", "new");
    const stored = await run("seamless diff", ["--store=store", "a.INDEX", "b.INDEX"], { cwd: dir });
    const nothing = changesOf({ before: false, after: false });
    expect(stored.out.split("\n").slice(0, 4)).toEqual([
      "changed  a.txt  (6 B → 8 B)",
      "added    fresh  (3 B)",
      ...nothing.slice(2),
    ]);
    // What nobody has of a change is not kept quiet.
    await keep(join(dir, "half"), "hello\n");
    const half = await run("seamless diff", ["--store=half", "a.INDEX", "b.INDEX"], { cwd: dir });
    expect(half.out.split("\n").slice(0, 2)).toEqual(["changed  a.txt  (6 B → ?)", nothing[1]]);
    const json = await run("seamless diff", ["--store=half", "--json", "a.INDEX", "b"], { cwd: dir });
    const moved = { checksum: sha256("moved"), length: 5 };
    expect(jsonLines(json.out)).toEqual([
      {
        change: "changed",
        path: "a.txt",
        before: { checksum: sha256("hello\n"), length: 6 },
        after: { checksum: sha256("changed\n"), length: 8 },
      },
      { change: "added", path: "fresh", after: { checksum: sha256("new"), length: 3 } },
      { change: "removed", path: "gone", before: { checksum: sha256("gone") } },
      { change: "moved", path: "now", from: "old", before: moved, after: moved },
      { same: false, added: 1, removed: 1, changed: 1, moved: 1 },
    ]);
    const gone = await run("seamless diff", ["--store=http://127.0.0.1:1", "a", "b.INDEX"], { cwd: dir });
    expect({ status: gone.status, out: gone.out }).toEqual({ status: 1, out: outOf({ before: true, after: false }) });
    expect(gone.err).toContain("seamless diff: without lengths: http://127.0.0.1:1: ");
  });

  test("the length of a compressed file is that of what counts", async ({ dir }) => {
    const zip = (text: string) => gzipSync(text);
    writeTree(dir, { "a/x.gz": zip("one"), "b/x.gz": zip("1".repeat(1000)), "a/y": "y", "b/y": "yy" });
    const first = async (...args: string[]) =>
      (await run("seamless diff", ["--quiet", ...args], { cwd: dir })).out.split("\n")[0];
    expect(await first("--decompress", "a", "b")).toBe("changed  x  (3 B → 1.00 kB)");
    expect(await first("--decompress", "a/x.gz", "b/x.gz")).toBe("changed  b/x.gz  (3 B → 1.00 kB)");
    const [was, is] = [zip("one").byteLength, zip("1".repeat(1000)).byteLength];
    expect(await first("a", "b")).toBe(`changed  x.gz  (${was} B → ${is} B)`);
    expect(await first("a/x.gz", "b/x.gz")).toBe(`changed  b/x.gz  (${was} B → ${is} B)`);
  });

  test("directories are hashed as the options of an index say", async ({ dir }) => {
    writeTree(dir, { "a/x.gz": gzipSync("1"), "a/log": "1", "b/x": "1", "b/log": "2" });
    const env = { XDG_CACHE_HOME: join(dir, "cache") };
    const outcome = (...args: readonly string[]) => run("seamless diff", ["--quiet", ...args], { cwd: dir, env });
    const bare = await outcome("a", "b");
    expect(bare.out.split("\n").slice(0, -2).sort()).toEqual([
      "added    x  (1 B)",
      "changed  log  (1 B → 1 B)",
      "removed  x.gz  (21 B)",
    ]);
    expect((await outcome("--decompress", "a", "b")).out.split("\n")[0]).toBe("changed  log  (1 B → 1 B)");
    expect(await outcome("--decompress", "--exclude", "log", "a", "b")).toEqual({ status: 0, out: "", err: "" });
    expect(await outcome("--decompress", "a/x.gz", "b/x")).toEqual({ status: 0, out: "", err: "" });
    expect(await outcome("a/x.gz", "b/x")).toMatchObject({ status: 1 });
    for (let i = 0; i < 2; i++) expect(await outcome("--incremental", "a", "b")).toEqual(bare);
    expect(existsSync(join(dir, "cache/seamless/checksums"))).toBe(true);
    writeTree(dir, { "b/log": "1" });
    expect((await outcome("--incremental", "a", "b")).out).not.toContain("log");
  });

  test("trouble is more than a difference: status 2", async ({ dir }) => {
    const [before] = await prepare(dir);
    writeTree(dir, { "bad.INDEX": "{" });
    mkdirSync(join(dir, "broken"));
    const lines = [
      ["a", "nope"],
      ["a", "bad.INDEX"],
      ["a", "gone.INDEX"],
      ["a", before],
      ["--store=store", "a", sha256("missing")],
      ["a/nope", "a"],
      ["--store=other", "a.CHECKSUM", "b.CHECKSUM"],
    ];
    const outcomes = await runAll(
      lines.map((args) => ["seamless diff", args]),
      { cwd: dir },
    );
    for (const [i, { status, out, err }] of outcomes.entries()) {
      expect([lines[i], status, out]).toEqual([lines[i], 2, ""]);
      expect(err).toMatch(/^seamless diff: ./);
    }
    expect((await run("seamless diff", ["--help"])).out).toContain(
      "\nExit status: 0 for success, 1 if something differs, 2 if something failed, also for wrong usage, 130 after Ctrl-C.\n",
    );
    expect(await run("seamless diff", ["a"])).toEqual(refusal("seamless diff", "B is missing"));
    const missing =
      "'nope' is neither there nor a checksum: expected a directory, a file, 64 hex digits or the path of a .CHECKSUM " +
      "or .INDEX file, and neither nope.INDEX nor nope.CHECKSUM exists";
    expect(outcomes[0]).toEqual(refusal("seamless diff", missing));
  });

  test("results that are lost are trouble too", async ({ dir, skip }) => {
    if (!existsSync("/dev/full")) unavailable(skip, "there is no /dev/full");
    await prepare(dir);
    const full = openSync("/dev/full", "w");
    const { status, err } = await run("seamless diff", ["a", "b"], { cwd: dir, stdout: full });
    closeSync(full);
    expect({ status, lines: err.split("\n").length }).toEqual({ status: 2, lines: 2 });
    expect((await shell("seamless diff a b | true; echo $PIPESTATUS", dir)).err).toBe("");
  });

  test("names that could steer a terminal, or break a line", async ({ dir }) => {
    const evil = "\u001b]0;owned\u0007\nx\\";
    writeTree(dir, { [`a/${evil}`]: "1" });
    mkdirSync(join(dir, "b"));
    const { out } = await run("seamless diff", ["a", "b"], { cwd: dir });
    expect(out.split("\n")[0]).toBe("removed  \u001b]0;owned\u0007\\nx\\\\  (1 B)");
    const shown = await inTerminal("seamless diff", ["--quiet", "a", "b"], dir);
    expect(shown.out).toContain("removed  \\x1b]0;owned\\x07\\nx\\\\");
    expect(shown.out).not.toContain("\u001b");
    const json = await run("seamless diff", ["--json", "a", "b"], { cwd: dir });
    expect(jsonLines(json.out)).toMatchObject([{ path: evil }, { same: false }]);
    renameSync(join(dir, "a"), join(dir, "c"));
    cpSync(join(dir, "c"), join(dir, "b"), { recursive: true });
    expect((await run("seamless diff", ["c", "b"], { cwd: dir })).status).toBe(0);
    rmSync(join(dir, "b"), { recursive: true });
    writeFileSync(join(dir, "b"), "a file");
    expect((await run("seamless diff", ["c", "b"], { cwd: dir })).status).toBe(2);
  });
});

describe.concurrent("seamless ls", () => {
  test("a list, with lengths where the store has the files", async ({ dir }) => {
    await prepare(dir);
    await keep(join(dir, "store"), "hello\n");
    const bare = await run("seamless ls", ["a"], { cwd: dir });
    const paths = Object.entries(BEFORE);
    expect(bare).toEqual({
      status: 0,
      out: paths.map(([path, content]) => `${sha256(content)}  ?  ${path}\n`).join(""),
      err: "",
    });
    const withStore = await run("seamless ls", ["--store=store", sha256(indexOf(BEFORE))], { cwd: dir });
    expect(withStore.out.split("\n")[0]).toBe(`${sha256("hello\n")}  6  a.txt`);
    const json = await run("seamless ls", ["--store=store", "--json", "a.CHECKSUM"], { cwd: dir });
    expect(jsonLines(json.out).slice(0, 2)).toEqual([
      { path: "a.txt", checksum: sha256("hello\n"), length: 6 },
      { path: "gone", checksum: sha256("gone") },
    ]);
  });

  test("a store that cannot be asked costs only the lengths, also of inspect", async ({ dir }) => {
    writeTree(dir, { "x.INDEX": indexOf({ a: "1" }) });
    for (const [store, why] of [
      ["http://127.0.0.1:1", "http://127.0.0.1:1: "],
      ["gone", `cannot read ${dir}/gone: there is no such folder`],
    ]) {
      const env = { SEAMLESS_STORE: store! };
      const [list, tree, inspected] = await runAll(
        [
          ["seamless ls", ["x"]],
          ["seamless ls", ["--tree", "x"]],
          ["seamless inspect", ["x.INDEX"]],
        ],
        { cwd: dir, env },
      );
      expect(list).toMatchObject({ status: 0, out: `${sha256("1")}  ?  a\n` });
      expect(list!.err).toContain(`seamless ls: without lengths: ${why}`);
      expect(tree).toMatchObject({ status: 0, out: "x: 1 file\n└─ a\n" });
      expect(inspected!.status).toBe(0);
      expect(inspected!.out).toContain("\nindex      1 file; a store would know how long they are\n");
      expect(inspected!.err).toContain(`seamless inspect: without lengths: ${why}`);
    }
  });

  test("a tree, and what is inside a directory or a file", async ({ dir }) => {
    const index = indexOf({ "a/b/c": "1", "a/d": "22", e: "333" });
    await keep(join(dir, "store"), "1", "22", "333");
    writeTree(dir, { "x.INDEX": index });
    const [tree, inside, file, list, bare] = await runAll(
      [
        ["seamless ls", ["--store=store", "--tree", "x"]],
        ["seamless ls", ["--store=store", "--tree", "x/a"]],
        ["seamless ls", ["--store=store", "--tree", "x/a/d"]],
        ["seamless ls", ["--store=store", "x/a/"]],
        ["seamless ls", ["--tree", "x/a"]],
      ],
      { cwd: dir },
    );
    expect(tree!.out).toBe("x: 3 files, 6 B\n├─ a/\n│  ├─ b/\n│  │  └─ c  1 B\n│  └─ d  2 B\n└─ e  3 B\n");
    expect(inside!.out).toBe("x/a: 2 files, 3 B\n├─ b/\n│  └─ c  1 B\n└─ d  2 B\n");
    expect(file!.out).toBe("x/a/d: 1 file, 2 B\n└─ d  2 B\n");
    expect(list!.out).toBe(`${sha256("1")}  1  a/b/c\n${sha256("22")}  2  a/d\n`);
    expect(bare!.out).toBe("x/a: 2 files\n├─ b/\n│  └─ c\n└─ d\n");
  });

  test("what is not there, is no index, or makes no sense", async ({ dir }) => {
    const [hex] = await keep(join(dir, "store"), "no index");
    writeTree(dir, { "x.INDEX": indexOf({ a: "1" }), "y.CHECKSUM": hex! });
    const outcomes = await runAll(
      [
        ["seamless ls", ["x/b"]],
        ["seamless ls", ["--store=store", "y"]],
        ["seamless ls", ["nope"]],
        ["seamless get", ["--store=store", "x/b"]],
        ["seamless get", ["--store=store", "y/b"]],
      ],
      { cwd: dir },
    );
    const { status } = await run("seamless ls", ["--tree", "--json", "x"], { cwd: dir });
    expect(status).toBe(2);
    expect(outcomes.map((outcome) => [outcome.status, outcome.out])).toEqual([1, 1, 2, 1, 1].map((code) => [code, ""]));
    expect(outcomes[0]!.err).toBe("seamless ls: x/b is not in the index\n");
    mkdirSync(join(dir, "e"));
    expect((await run("seamless ls", ["e/"], { cwd: dir })).err).toContain(
      "neither e.INDEX nor e.CHECKSUM exists; 'seamless index e' makes both\n",
    );
    expect(outcomes[1]!.err).toContain(
      "y is the checksum of something else than an index: to fetch a file, use 'seamless get'",
    );
  });

  test("names that could steer a terminal, or break a line", async ({ dir }) => {
    writeTree(dir, { "x.INDEX": indexOf({ "\u001b[31m\n": "1" }) });
    expect((await run("seamless ls", ["x"], { cwd: dir })).out).toBe(`${sha256("1")}  ?  \u001b[31m\\n\n`);
    for (const args of [["x"], ["--tree", "x"]]) {
      const shown = await inTerminal("seamless ls", args, dir);
      expect(shown.out).toContain("\\x1b[31m\\n");
      expect(shown.out).not.toContain("\u001b");
    }
  });

  test("a reader that goes away", async ({ dir }) => {
    const files = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`f${1e5 + i}`, String(i)]));
    writeTree(dir, { "x.INDEX": indexOf(files) });
    expect(await shell("seamless ls x | head -1; echo $PIPESTATUS", dir)).toEqual({
      status: 0,
      out: `${sha256("0")}  ?  f100000\n141\n`,
      err: "",
    });
  });
});
