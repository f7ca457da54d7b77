import { join } from "node:path";
import { describe, expect } from "vitest";
import { type Line, run, runAll } from "./support/commands.ts";
import { indexOf, jsonLines, list, sha256, snapshot, writeTree } from "./support/files.ts";
import { keep } from "./support/stores.ts";
import { test } from "./support/test.ts";

const FILES = { a: "1", b: "2" };
const INDEX = indexOf(FILES);
const [D, A, B] = [INDEX, "1", "2"].map(sha256) as [string, string, string];

/** A directory `d` and a file `f` by their names, and a store that has them. */
async function prepare(dir: string) {
  await keep(join(dir, "store"), INDEX, "1", "2");
  writeTree(dir, {
    "d.INDEX": `# mine\n\n${INDEX}`,
    "d.CHECKSUM": ` ${D}\n`,
    "f.CHECKSUM": `# the first\n${A}\n`,
    "e.CHECKSUM": `${D}\n`,
  });
  return { cwd: dir, env: { SEAMLESS_STORE: join(dir, "store") } };
}

describe.concurrent("a buffer has several names", () => {
  test.for([
    ["d", D],
    ["d/", D],
    ["./d", D],
    ["d.INDEX", D],
    ["d.CHECKSUM", D],
    ["f", A],
    ["f.CHECKSUM", A],
    ["e", D],
    [B.toUpperCase(), B],
  ] as const)("%s is one of %s", async ([operand, hex], { dir }) => {
    const options = await prepare(dir);
    const content = { [D]: INDEX, [A]: "1", [B]: "2" }[hex];
    const lines: readonly Line[] = [
      ["seamless has", [operand]],
      ["seamless get", [operand]],
    ];
    expect(await runAll(lines, options)).toEqual([
      { status: 0, out: `${hex}  present\n`, err: "" },
      { status: 0, out: content, err: "" },
    ]);
  });

  test("several at once", async ({ dir }) => {
    const options = await prepare(dir);
    expect((await run("seamless has", ["f", "d", B], options)).out).toBe(
      `${A}  present\n${D}  present\n${B}  present\n`,
    );
    expect((await run("seamless get", ["f", B, "f"], options)).out).toBe("121");
    // All or nothing, as far as it can be known before.
    const missing = sha256("x");
    const some = await run("seamless get", ["f", missing], options);
    expect(some).toMatchObject({ status: 1, out: "", err: expect.stringContaining(`does not have ${missing}`) });
  });

  test("a bare X is X.INDEX, if there is one", async ({ dir }) => {
    const options = await prepare(dir);
    writeTree(dir, { "d.CHECKSUM": `${B}\n` });
    expect((await run("seamless has", ["d"], options)).out).toBe(`${D}  present\n`);
  });

  test("the working directory has a name too", async ({ dir }) => {
    const options = await prepare(dir);
    writeTree(dir, { "d/x": "" });
    expect((await run("seamless has", ["."], { ...options, cwd: join(dir, "d") })).out).toBe(`${D}  present\n`);
  });

  test.for(["nothing", "d.index", "no/such", `${A}0`, "/"])("%s is none", async (operand, { dir }) => {
    const options = await prepare(dir);
    const names = ["seamless get", "seamless has", "seamless download"] as const;
    const outcomes = await runAll(
      names.map((name) => [name, ["f", operand]]),
      options,
    );
    for (const [i, { status, out, err }] of outcomes.entries()) {
      expect({ status, out }).toEqual({ status: 2, out: "" });
      // It may be meant as a path in the index before it.
      const reason =
        names[i] === "seamless download" ? "is not in f, and names no other" : "is not a checksum: expected 64";
      expect(err).toContain(`'${operand}' ${reason}`);
    }
  });
});

describe.concurrent("files of an index whose names end as those of checksum files and indexes", () => {
  const TREE = { v: "1", "v.CHECKSUM": "2", "sub.INDEX/w.INDEX": "1" };

  test("are named as any other, by every command", async ({ dir }) => {
    const options = await prepare(dir);
    await keep(join(dir, "store"), indexOf(TREE));
    writeTree(dir, { "t.INDEX": indexOf(TREE), "u.INDEX/t.INDEX": indexOf(TREE) });
    const outcomes = await runAll(
      [
        ["seamless cat", ["t.INDEX/v.CHECKSUM"]],
        ["seamless get", ["t/sub.INDEX/w.INDEX"]],
        ["seamless resolve", ["t.INDEX/v.CHECKSUM"]],
        ["seamless get", [`${sha256(indexOf(TREE))}/v.CHECKSUM`]],
        // A folder that is there is no index.
        ["seamless get", ["u.INDEX/t/v.CHECKSUM"]],
        ["seamless ls", ["t/sub.INDEX"]],
        ["seamless diff", ["t.INDEX/v.CHECKSUM", B]],
        ["seamless inspect", ["--json", "t.INDEX/v.CHECKSUM"]],
      ],
      options,
    );
    expect(outcomes.map(({ status, err }) => ({ status, err }))).toEqual(
      Array.from(outcomes, () => ({ status: 0, err: "" })),
    );
    const outs = outcomes.map(({ out }) => out);
    expect(outs.slice(0, 5)).toEqual(["2", "1", "2\n", "2", "2"]);
    expect(outs[5]).toBe(`${A}  1  sub.INDEX/w.INDEX\n`);
    expect(jsonLines(outs[7]!)).toMatchObject([{ checksum: B }]);
  });

  test("are downloaded by their names, and those of files that are there are theirs", async ({ dir }) => {
    const options = await prepare(dir);
    writeTree(dir, { "t.INDEX": indexOf(TREE) });
    for (const [args, paths] of [
      [["t.INDEX", "v.CHECKSUM"], { "v.CHECKSUM": "2" }],
      [["t.INDEX/v.CHECKSUM", "t.INDEX/v"], { v: "1", "v.CHECKSUM": "2" }],
      [["t", "sub.INDEX"], { "sub.INDEX/": undefined, "sub.INDEX/w.INDEX": "1" }],
    ] as const) {
      const target = `x${args.length}${Object.keys(paths).length}`;
      const { status, err } = await run("seamless download", [...args, "-o", target], options);
      expect({ status, err }).toEqual({ status: 0, err: expect.stringContaining("; left out") });
      const found = snapshot(join(dir, target));
      expect(found).toMatchObject(Object.fromEntries(Object.entries(paths).filter(([, content]) => content)));
    }
    expect(await run("seamless download", ["t", "w.CHECKSUM"], options)).toMatchObject({
      status: 2,
      err: expect.stringContaining("'w.CHECKSUM' is not in t, and there is no such file"),
    });
  });

  test("what is neither there nor in an index is a file that is missing", async ({ dir }) => {
    const options = await prepare(dir);
    const [file, inside, index] = await runAll(
      [
        ["seamless get", ["no/such.CHECKSUM"]],
        ["seamless get", ["d.INDEX/such.CHECKSUM"]],
        ["seamless get", ["gone.INDEX/a"]],
      ],
      options,
    );
    expect(file).toMatchObject({
      status: 1,
      err: expect.stringContaining("cannot read no/such.CHECKSUM: no such file"),
    });
    expect(inside).toMatchObject({
      status: 1,
      err: expect.stringContaining("d.INDEX/such.CHECKSUM is not in the index"),
    });
    expect(index).toMatchObject({ status: 1, err: expect.stringContaining("cannot read gone.INDEX: no such file") });
  });
});

describe.concurrent("seamless download", () => {
  test("makes several, each in its place; one that fails is reported", async ({ dir }) => {
    const options = await prepare(dir);
    writeTree(dir, { "bad.CHECKSUM": `${sha256("x")}\n` });
    const { status, out, err } = await run("seamless download", ["--json", "d", "bad", "f", "e"], options);
    expect(status).toBe(1);
    expect(jsonLines(out)).toEqual([
      expect.objectContaining({ path: "d", target: "d", checksum: D, files: 2 }),
      { path: "bad", error: expect.objectContaining({ code: "CACHE_MISS" }) },
      expect.objectContaining({
        path: "f",
        target: "f",
        checksum: A,
        files: 1,
        bytes: 1,
        written: { files: 1, bytes: 1 },
      }),
      expect.objectContaining({ path: "e", target: "e", checksum: D }),
    ]);
    expect(err).toContain(`does not have ${sha256("x")}`);
    expect(snapshot(join(dir, "d"))).toEqual(FILES);
    expect(snapshot(join(dir, "e"))).toEqual(FILES);
    expect(snapshot(dir)["f"]).toBe("1");
  });

  test("a .CHECKSUM of a file restores the file, and replaces another only with --force", async ({ dir }) => {
    const options = await prepare(dir);
    const contents = [
      "1",
      "",
      "{}",
      '{"a": 1}',
      `{"a": "${A}", "b": 1}`,
      "x".repeat(200_000),
      `{${" ".repeat(99_999)}x`,
    ];
    for (const content of contents) {
      await keep(join(dir, "store"), content);
      writeTree(dir, { "sub/g.CHECKSUM": sha256(content) });
      if (content === "{}") continue;
      const { status, out } = await run("seamless download", ["sub/g.CHECKSUM", "--force"], options);
      expect({ status, out }).toEqual({ status: 0, out: "sub/g\n" });
      const again = await run("seamless download", ["sub/g"], options);
      expect(again.err).toMatch(/^seamless download: sub\/g: 1 file, .*; wrote 0 files, 0 B from \/.*\/store\n$/);
      const copy = await run("seamless download", ["--force", "sub/g", "-o", "new/copy"], options);
      expect(copy).toMatchObject({ status: 0, out: "new/copy\n" });
      expect(snapshot(dir)["new/copy"]).toBe(snapshot(dir)["sub/g"]);
      expect(sha256(content)).toBe((await run("seamless-checksum", ["sub/g"], options)).out.trim());
    }
    writeTree(dir, { f: "mine" });
    const refused = await run("seamless download", ["f"], options);
    expect(refused).toMatchObject({ status: 1, err: expect.stringContaining("f exists and differs: --force") });
    expect(snapshot(dir)["f"]).toBe("mine");
  });

  test("refuses an index of more files than it may have", async ({ dir }) => {
    const options = await prepare(dir);
    for (const operand of ["d.INDEX", "d.CHECKSUM"]) {
      const { status, err } = await run("seamless download", ["--max-entries", "1", operand], options);
      expect({ status, err }).toEqual({
        status: 1,
        err: expect.stringMatching(/is too large: the limit is 1 files\n$/),
      });
    }
    expect(list(dir)).not.toContain("d");
    expect((await run("seamless download", ["--max-entries", "2", "d"], options)).status).toBe(0);
  });
});
