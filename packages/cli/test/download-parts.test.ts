import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { refusal, run } from "./support/commands.ts";
import { indexOf, jsonLines, list, sha256, snapshot, writeSparse, writeTree } from "./support/files.ts";
import { keep } from "./support/stores.ts";
import { inTerminal } from "./support/terminal.ts";
import { test } from "./support/test.ts";

const FILES = { "a.txt": "1", "sub/b.txt": "2", "sub/c.csv": "3", "subway/d.txt": "4" };

/** An index `d.INDEX` of files that are in the store. */
async function prepare(dir: string) {
  await keep(join(dir, "store"), ...Object.values(FILES), indexOf(FILES));
  writeTree(dir, { "d.INDEX": indexOf(FILES) });
  return { cwd: dir, env: { SEAMLESS_STORE: join(dir, "store") } };
}

/** What was made of the files, without their folders. */
function made(dir: string, target = "d") {
  if (!existsSync(join(dir, target))) return [];
  return Object.keys(snapshot(join(dir, target)))
    .filter((path) => /\./.test(path))
    .sort();
}

describe.concurrent("a part of a directory", () => {
  test.for([
    [["d", "a.txt"], ["a.txt"]],
    [
      ["d", "sub"],
      ["sub/b.txt", "sub/c.csv"],
    ],
    [
      ["d.INDEX", "./sub/", "a.txt"],
      ["a.txt", "sub/b.txt", "sub/c.csv"],
    ],
    [["d/sub/b.txt"], ["sub/b.txt"]],
    [["d.INDEX/sub", "--exclude", "*.csv"], ["sub/b.txt"]],
    [
      ["d", "--include", "*.txt"],
      ["a.txt", "sub/b.txt", "subway/d.txt"],
    ],
    [["d", "sub", "--include", "*.txt"], ["sub/b.txt"]],
    [
      ["d", "--include", "/sub", "--include", "a.*"],
      ["a.txt", "sub/b.txt", "sub/c.csv"],
    ],
    [
      ["d", "sub/b.txt", "sub"],
      ["sub/b.txt", "sub/c.csv"],
    ],
  ] as const)("%j is %j", async ([args, paths], { dir }) => {
    const { status, out, err } = await run("seamless download", args, await prepare(dir));
    expect({ status, out, made: made(dir) }).toEqual({ status: 0, out: "d\n", made: paths });
    const left = 4 - paths.length;
    expect(err).toContain(`; left out ${left} file${left === 1 ? "" : "s"} of the index\n`);
  });

  test("leaves alone what else is in the directory, and says in --json what was left out", async ({ dir }) => {
    const options = await prepare(dir);
    writeTree(dir, { "d/mine": "x", "d/subway/d.txt": "differs" });
    const { status, out, err } = await run("seamless download", ["--json", "d", "sub"], options);
    expect(status).toBe(0);
    expect(jsonLines(out)).toEqual([
      expect.objectContaining({
        path: "d",
        files: 2,
        written: { files: 2, bytes: 2 },
        leftOut: { files: 2, folders: 0 },
      }),
    ]);
    expect(err).not.toContain("mine");
    expect(snapshot(join(dir, "d"))).toMatchObject({ mine: "x", "subway/d.txt": "differs" });
  });

  test("of an index in the store, several at once, by the checksum", async ({ dir }) => {
    const options = await prepare(dir);
    const hex = sha256(indexOf(FILES));
    const other = await run("seamless download", [hex, "sub/b.txt", "-o", "x"], options);
    expect({ ...other, made: made(dir, "x") }).toMatchObject({ status: 0, out: "x\n", made: ["sub/b.txt"] });
    writeTree(dir, { "e.INDEX": indexOf({ z: "1" }) });
    const both = await run("seamless download", ["d", "a.txt", "e", "z"], options);
    expect(both).toMatchObject({ status: 0, out: "d\ne\n" });
    expect(made(dir)).toEqual(["a.txt"]);
    expect(snapshot(join(dir, "e"))).toEqual({ z: "1" });
  });

  test("that the index does not have is wrong usage, and nothing is done", async ({ dir }) => {
    const options = await prepare(dir);
    for (const [args, reason] of [
      [["d", "missing"], /^seamless download: 'missing' is not in d, and names no other index or checksum\n/],
      [["d", "sub/*.txt"], /^seamless download: 'sub\/\*.txt' is not in d: --include takes what matches a glob\n/],
      [["d", "a.txt", "sub/b"], /^seamless download: 'sub\/b' is not in d, and names no other/],
      [["d", "/a.txt"], /'\/a.txt' is not in d,/],
      [["d", "sub/../a.txt"], /is not in d,/],
      [["d", "."], /is not in d,/],
      [["d/su"], /d\/su is not in the index\n/],
      [["a.txt", "d"], /'a.txt' is not a checksum/],
    ] as const) {
      const { status, out, err } = await run("seamless download", args, options);
      expect({ status, out, err }).toEqual({ status: 2, out: "", err: expect.stringMatching(reason) });
    }
    expect(list(dir)).toEqual(["d.INDEX", "store"]);
  });

  test("of one index, each with its name, go to one place", async ({ dir }) => {
    const options = await prepare(dir);
    const args = ["d.INDEX/a.txt", "d.INDEX/sub", "-o", "x"];
    expect(await run("seamless download", args, options)).toMatchObject({ status: 0, out: "x\n" });
    expect(made(dir, "x")).toEqual(["a.txt", "sub/b.txt", "sub/c.csv"]);
    const hex = sha256(indexOf(FILES));
    const byHex = ["--json", `${hex}/a.txt`, `${hex}/subway`, "--output=y"];
    expect(jsonLines((await run("seamless download", byHex, options)).out)).toMatchObject([{ files: 2 }]);
    expect(made(dir, "y")).toEqual(["a.txt", "subway/d.txt"]);
    writeTree(dir, { "e.INDEX": indexOf({ z: "1" }) });
    expect(await run("seamless download", ["d/a.txt", "e/z", "-o", "z"], options)).toEqual(
      refusal("seamless download", "--output is for a single operand"),
    );
  });

  test("that is also the name of a checksum has to be told from it", async ({ dir }) => {
    const options = await prepare(dir);
    writeTree(dir, { "a.txt.CHECKSUM": sha256("2") });
    const which = "write d/a.txt for the first, and a .INDEX or .CHECKSUM file for the other";
    expect(await run("seamless download", ["d", "a.txt"], options)).toEqual(
      refusal("seamless download", `'a.txt' is a path in d, and names a checksum: ${which}`),
    );
    expect(await run("seamless download", ["d.INDEX", "a.txt", "-o", "x"], options)).toEqual(
      refusal(
        "seamless download",
        "--output is for a single operand, and 'a.txt' names a checksum: write d.INDEX/a.txt for a path in d.INDEX",
      ),
    );
    expect(list(dir)).toEqual(["a.txt.CHECKSUM", "d.INDEX", "store"]);
    expect((await run("seamless download", ["d/a.txt"], options)).status).toBe(0);
    expect(snapshot(join(dir, "d"))).toEqual({ "a.txt": "1" });
    rmSync(join(dir, "d"), { recursive: true });
    expect((await run("seamless download", ["d/sub", "a.txt.CHECKSUM"], options)).out).toBe("d\na.txt\n");
  });

  test("of globs that leave nothing is an error, and nothing is written", async ({ dir }) => {
    const options = await prepare(dir);
    const typo = ["d", "--include", "*.doc"];
    const reason = "nothing of d is left: 4 files left out; --include *.doc matches nothing";
    for (const args of [typo, [...typo, "--dry-run"]]) {
      const err = `seamless download: ${reason}\n`;
      expect(await run("seamless download", args, options)).toEqual({ status: 1, out: "", err });
    }
    const json = await run("seamless download", ["--json", "d", "sub", "--exclude", "*"], options);
    expect(json.status).toBe(1);
    expect(jsonLines(json.out)).toMatchObject([{ error: { code: "INDEX_FAILED" } }]);
    expect(list(dir)).toEqual(["d.INDEX", "store"]);
    // Of several, the others are made. One that has nothing is empty.
    writeTree(dir, { "e.INDEX": indexOf({ z: "1" }), "none.INDEX": indexOf({}) });
    const some = await run("seamless download", ["d", "e", "--include", "z"], options);
    expect(some).toMatchObject({
      status: 1,
      out: "e\n",
      err: expect.stringContaining("nothing of d is left: 4 files"),
    });
    expect(await run("seamless download", ["none", "--include", "z"], options)).toMatchObject({ status: 0 });
  });
});

describe.concurrent("how much is downloaded", () => {
  test.for([
    [["--max-files", "3"], {}, "4 files, 4 B, more than 3 files"],
    [["--max-size", "3"], {}, "4 files, 4 B, more than 3 B"],
    [[], { SEAMLESS_MAX_DOWNLOAD_FILES: "3" }, "4 files, 4 B, more than 3 files"],
    [[], { SEAMLESS_MAX_DOWNLOAD_SIZE: "3 B" }, "4 files, 4 B, more than 3 B"],
  ] as const)("%j %j: nothing is done, unless --yes says so", async ([args, set, what], { dir }) => {
    const { cwd, env } = await prepare(dir);
    const options = { cwd, env: { ...env, ...set } };
    expect(await run("seamless download", ["d", ...args], options)).toEqual({
      status: 1,
      out: "",
      err: `seamless download: nothing was downloaded: it would be ${what}: raise --max-files or --max-size, or use --yes\n`,
    });
    expect(made(dir)).toEqual([]);
    expect((await run("seamless download", ["d", "sub", ...args], options)).status).toBe(0);
    // What is there already does not count.
    expect((await run("seamless download", ["d", "--max-files", "2", "--max-size", "2"], options)).status).toBe(0);
    rmSync(join(dir, "d"), { recursive: true });
    expect((await run("seamless download", ["d", ...args, "--yes"], options)).status).toBe(0);
  });

  test("is not limited without a terminal, and on one to 2,000 files and 500 MB", async ({ dir }) => {
    const many = Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`${i}`, "1"]));
    const { cwd, env } = await prepare(dir);
    writeTree(dir, { "many.INDEX": indexOf(many) });
    // Sizes are those that the store tells: 501 MB that take no room.
    const large = sha256("large");
    mkdirSync(join(dir, "store", large.slice(0, 2)), { recursive: true });
    writeSparse(join(dir, "store", large.slice(0, 2), large), 501e6);
    writeTree(dir, { "large.INDEX": `${JSON.stringify({ x: large }, null, 2)}\n` });
    for (const [name, question] of [
      ["many", "Download 2001 files, 2.00 kB, more than 2000 files? [y/N] "],
      ["large", "Download 1 file, 501 MB, more than 500 MB? [y/N] "],
    ] as const) {
      const { status, out } = await inTerminal("seamless download", ["--store", "store", name], dir, "n\n");
      expect(out).toContain(question);
      expect(status).toBe(1);
      expect(existsSync(join(dir, name))).toBe(false);
    }
    const unlimited = await run("seamless download", ["many"], { cwd, env });
    expect(unlimited).toMatchObject({ status: 0, out: "many\n" });
    expect(Object.keys(snapshot(join(dir, "many")))).toHaveLength(2001);
  });

  test("is asked for on a terminal, for all operands together", async ({ dir }) => {
    await prepare(dir);
    writeTree(dir, { "e.INDEX": indexOf({ z: "1" }) });
    const args = ["--store", "store", "--max-files", "4", "d", "e"];
    const no = await inTerminal("seamless download", args, dir, "n\n");
    expect(no.status).toBe(1);
    expect(no.out).toContain("Download 5 files, 5 B, more than 4 files? [y/N] ");
    expect(list(dir)).toEqual(["d.INDEX", "e.INDEX", "store"]);
    expect((await inTerminal("seamless download", args, dir, "yes\n")).status).toBe(0);
    expect(list(dir)).toEqual(["d", "d.INDEX", "e", "e.INDEX", "store"]);
  });
});
