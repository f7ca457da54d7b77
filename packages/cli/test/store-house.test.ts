import { appendFileSync, existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run, runAll } from "./support/commands.ts";
import { jsonLines, sha256, writeTree } from "./support/files.ts";
import { serving } from "./support/server.ts";
import { keep, stored } from "./support/stores.ts";
import { test } from "./support/test.ts";

/** Lets buffers in the folder of a store have been put two hours ago. */
function age(folder: string, ...hexes: readonly string[]): void {
  const then = Date.now() / 1000 - 7200;
  for (const hex of hexes) utimesSync(join(folder, hex.slice(0, 2), hex), then, then);
}

/** A store with a directory of two files, as old as another buffer that belongs to nothing. */
async function makeStore(dir: string) {
  const folder = join(dir, "store");
  writeTree(dir, { "data/a": "1", "data/b": "22" });
  const { out } = await run("seamless upload", ["--quiet", "--store", folder, "data"], { cwd: dir });
  const root = out.trim();
  const files = [sha256("1"), sha256("22")];
  const [garbage] = await keep(folder, "garbage");
  age(folder, root, garbage!, ...files);
  return { folder, root, files, garbage: garbage!, directory: [root, ...files].sort() };
}

test("the name of a folder is escaped once, in one form", async ({ dir }) => {
  const [hex] = await keep(join(dir, "s\nt\\"), "hello\n");
  writeTree(dir, { list: hex!, "data/a": "hello\n" });
  const shown = `"${dir}/s\\nt\\\\"`;
  const env = { SEAMLESS_STORE: "s\nt\\" };
  const outcomes = await runAll(
    [
      ["seamless store du", ["s\nt\\"]],
      ["seamless store verify", ["s\nt\\"]],
      ["seamless store gc", ["s\nt\\", "--keep", "list"]],
      ["seamless store compress", ["s\nt\\"]],
      ["seamless store sync", ["s\nt\\", "s\nt\\"]],
      ["seamless upload", ["data"]],
    ],
    { cwd: dir, env },
  );
  for (const { out, err } of outcomes.slice(0, 5)) expect(out + err).toContain(`${shown}`);
  for (const { out } of outcomes.slice(0, 4)) expect(out.startsWith(`${shown}: `)).toBe(true);
  expect(outcomes[5]!.err).toContain(` into ${shown}`);
});

describe.concurrent("store gc", () => {
  test("says what it would remove, and removes it with --yes", async ({ dir }) => {
    const { folder, garbage, directory } = await makeStore(dir);
    const args = [folder, "--keep", "data.INDEX"];
    const dry = await run("seamless store gc", [...args, "--list"], { cwd: dir });
    const kept = readFileSync(join(dir, "data.INDEX")).byteLength + 3;
    expect(dry).toEqual({
      status: 0,
      out: `${garbage}\n${folder}: would remove 1 buffer, 7 B; kept 3 buffers, ${kept} B\n`,
      err: "seamless store gc: nothing was removed: run it again with --yes\n",
    });
    expect(stored(folder)).toEqual([...directory, garbage].sort());
    const { status, out } = await run("seamless store gc", [...args, "--yes", "--json"], { cwd: dir });
    expect({ status, json: jsonLines(out) }).toEqual({
      status: 0,
      json: [
        {
          store: folder,
          kept: { buffers: 3, bytes: kept },
          young: { buffers: 0, bytes: 0 },
          garbage: { buffers: 1, bytes: 7 },
          removed: { buffers: 1, bytes: 7 },
          failed: 0,
        },
      ],
    });
    expect(stored(folder)).toEqual(directory);
  });

  test("keeps by an index, a checksum file, hex, or a list of it", async ({ dir }) => {
    const { folder, root, garbage, files } = await makeStore(dir);
    writeFileSync(join(dir, "list"), `# these\n\n${root}  data\r\n  ${files[0]}\n`);
    for (const keep of ["data", "data.INDEX", "data.CHECKSUM", root, root.toUpperCase(), "list"]) {
      const { status, out } = await run("seamless store gc", [folder, "--keep", keep, "--list"], { cwd: dir });
      expect([keep, status, out.split("\n")[0]]).toEqual([keep, 0, garbage]);
    }
    // An index that was not uploaded keeps its files, too.
    writeFileSync(join(dir, "other.INDEX"), JSON.stringify({ a: files[0] }));
    const { out } = await run("seamless store gc", [folder, "--keep", "other.INDEX", "--list"], { cwd: dir });
    expect(out.split("\n").slice(0, 3).sort()).toEqual([root, files[1]!, garbage].sort());
  });

  test("removes nothing where a root cannot be had", async ({ dir }) => {
    const { folder, root, garbage, directory } = await makeStore(dir);
    const nowhere = sha256("nowhere");
    writeFileSync(join(dir, "broken"), `${root}\nabc\n`);
    writeFileSync(join(dir, "broken.INDEX.x"), "");
    writeFileSync(join(dir, "wrong.INDEX"), "{");
    writeFileSync(join(dir, "partial.INDEX"), JSON.stringify({ a: sha256("1"), b: nowhere }));
    writeFileSync(join(dir, "foreign.INDEX"), JSON.stringify({ a: nowhere, b: sha256("elsewhere"), c: nowhere }));
    writeFileSync(join(dir, "empty.INDEX"), "{}");
    writeFileSync(join(dir, "nothing"), "# none\n");
    const refusals: readonly (readonly [number, string, readonly string[]])[] = [
      [2, "--keep FILE is required", []],
      [1, `does not have the root ${nowhere}`, ["--keep", root, "--keep", nowhere]],
      [1, `the root ${nowhere}: nothing is removed`, ["--keep", root, "--keep", "partial.INDEX"]],
      [1, "is a file of partial.INDEX: upload that", ["--keep", "partial.INDEX"]],
      [1, `does not have 2 roots, the first ${nowhere}`, ["--keep", "foreign.INDEX"]],
      [2, "nothing in what it names", ["--keep", "empty.INDEX"]],
      [2, "nothing in what it names", ["--keep", "empty.INDEX", "--keep", "nothing"]],
      [1, 'line 2 of broken should begin with 64 hex digits, but is "abc"', ["--keep", "broken"]],
      [1, "wrong.INDEX", ["--keep", "wrong.INDEX"]],
      [2, "is not a checksum", ["--keep", "missing"]],
      [1, "missing.INDEX", ["--keep", "missing.INDEX"]],
    ];
    for (const [status, reason, args] of refusals) {
      const outcome = await run("seamless store gc", [folder, "--yes", ...args], { cwd: dir });
      expect(outcome).toMatchObject({ status, out: "", err: expect.stringContaining(reason) });
    }
    // One that is there, but has other bytes.
    appendFileSync(join(folder, root.slice(0, 2), root), " ");
    age(folder, root);
    const outcome = await run("seamless store gc", [folder, "--yes", "--keep", root], { cwd: dir });
    expect(outcome).toMatchObject({ status: 1, out: "" });
    expect(stored(folder)).toEqual([...directory, garbage].sort());
  });

  test("leaves what is young, and what was put again", async ({ dir }) => {
    const { folder, root, garbage, directory } = await makeStore(dir);
    await keep(folder, "garbage");
    const args = ["--keep", root, "--yes"];
    const { out } = await run("seamless store gc", [folder, ...args], { cwd: dir });
    expect(out).toMatch(/removed 0 buffers, 0 B; kept 3 buffers, \d+ B; 1 buffer, 7 B too young\n$/);
    expect(stored(folder)).toEqual([...directory, garbage].sort());
    await run("seamless store gc", [folder, ...args, "--min-age", "0"], { cwd: dir });
    expect(stored(folder)).toEqual(directory);
  });

  test.for(["--quiet", "--trust-store"])("what upload %s finds there is young again", async (option, { dir }) => {
    const { folder, garbage, directory } = await makeStore(dir);
    await run("seamless upload", ["--store", folder, "data", option], { cwd: dir });
    await run("seamless store gc", [folder, "--keep", sha256("garbage"), "--yes"], { cwd: dir });
    expect(stored(folder)).toEqual([...directory, garbage].sort());
  });

  test("and on a server, with --trust-store", async ({ dir }) => {
    const { folder, garbage, directory } = await makeStore(dir);
    const server = await serving([folder, "--writable"]);
    await run("seamless upload", ["--store", server.url, "data", "--trust-store"], { cwd: dir });
    await server.stop();
    await run("seamless store gc", [folder, "--keep", sha256("garbage"), "--yes"], { cwd: dir });
    expect(stored(folder)).toEqual([...directory, garbage].sort());
  });
});

describe.concurrent("store copy and sync", () => {
  test("copy an index with all its files, and only what is not there yet", async ({ dir }) => {
    const { folder, root, directory, files } = await makeStore(dir);
    const other = join(dir, "other");
    await keep(other, "1");
    const { status, out } = await run("seamless store copy", [folder, other, "data.INDEX", "--json"], { cwd: dir });
    expect({ status, json: jsonLines(out) }).toMatchObject({
      status: 0,
      json: [{ from: folder, to: other, copied: 2, present: 1, failed: 0 }],
    });
    expect(stored(other)).toEqual(directory);
    // A checksum stands for itself alone.
    await run("seamless store copy", [folder, join(dir, "one"), root, files[0]!], { cwd: dir });
    expect(stored(join(dir, "one"))).toEqual([root, files[0]!].sort());
  });

  test("a file that is missing keeps back the index, and no other file", async ({ dir }) => {
    const { folder, files } = await makeStore(dir);
    rmSync(join(folder, files[0]!.slice(0, 2), files[0]!));
    const { status, out, err } = await run("seamless store copy", [folder, "other", "data.INDEX"], { cwd: dir });
    expect(status).toBe(1);
    expect(out).toBe(`${join(dir, "other")}: copied 1 buffer, 2 B; 0 were there, 1 failed\n`);
    expect(err).toContain(`${folder} does not have ${files[0]}`);
    expect(stored(join(dir, "other"))).toEqual([files[1]]);
  });

  test("sync copies all, in a dry run nothing, and with --check also what is wrong", async ({ dir }) => {
    const { folder, files } = await makeStore(dir);
    const other = join(dir, "other");
    const dry = await run("seamless store sync", [folder, other, "--dry-run"], { cwd: dir });
    expect(dry.out).toMatch(/would copy 4 buffers/);
    expect(stored(other)).toEqual([]);
    await run("seamless store sync", [folder, other, "--layout", "flat"], { cwd: dir });
    expect(stored(other)).toEqual(stored(folder));
    writeFileSync(join(other, files[0]!), "x");
    const trusting = await run("seamless store sync", [folder, other], { cwd: dir });
    expect(trusting.out).toMatch(/copied 0 buffers, 0 B; 4 were there\n$/);
    const checking = await run("seamless store sync", [folder, other, "--check"], { cwd: dir });
    expect(checking.out).toMatch(/copied 1 buffer, 1 B; 3 were there\n$/);
    expect(readFileSync(join(other, files[0]!), "latin1")).toBe("1");
  });

  test("to a server and from one, whose token no other server is told", async ({ dir }) => {
    const { folder, directory } = await makeStore(dir);
    const token = "s3cret";
    const args = [join(dir, "served"), "--writable"];
    const server = await serving(args, { env: { SEAMLESS_TOKEN: token } });
    const options = { cwd: dir, env: { SEAMLESS_TOKEN: token } };
    const there = await run("seamless store sync", [folder, server.url], options);
    expect(there).toMatchObject({ status: 0, out: expect.stringContaining("copied 4 buffers") });
    const back = await run("seamless store copy", [server.url, "back", "data"], options);
    expect(back).toMatchObject({ status: 0 });
    expect(stored(join(dir, "back"))).toEqual(directory);
    const both = await run("seamless store sync", [server.url, "http://localhost:1"], options);
    expect(both).toMatchObject({ status: 2, err: expect.stringContaining("whose token is SEAMLESS_TOKEN?") });
    const denied = await run("seamless store sync", [folder, server.url], { cwd: dir });
    expect(denied).toMatchObject({ status: 1, err: expect.stringContaining("requires a token") });
    await server.stop();
  });
});

describe.concurrent("store ls, du and rm", () => {
  test("list, count and remove", async ({ dir }) => {
    const { folder, root, files, garbage, directory } = await makeStore(dir);
    const { out } = await run("seamless store ls", [folder]);
    const lines = [...files.map((hex, i) => `${hex}  ${i + 1}`), `${garbage}  7`];
    const sizes = readFileSync(join(dir, "data.INDEX")).byteLength;
    expect(out.trimEnd().split("\n").sort()).toEqual([...lines, `${root}  ${sizes}`].sort());
    expect((await run("seamless store du", [folder])).out).toBe(`${folder}: 4 buffers, ${sizes + 10} B\n`);
    const gone = sha256("gone");
    const removed = await run("seamless store rm", [folder, garbage, gone]);
    expect(removed).toEqual({ status: 1, out: `${garbage}  removed\n${gone}  missing\n`, err: "" });
    expect(stored(folder)).toEqual(directory);
  });

  test("of a folder that is not there", async ({ dir }) => {
    const missing = join(dir, "missing");
    for (const name of ["seamless store ls", "seamless store du"] as const) {
      expect(await run(name, [missing])).toMatchObject({ status: 1, out: "", err: expect.stringContaining("no such") });
    }
    const removing = await run("seamless store rm", [missing, sha256("1")]);
    expect(removing).toMatchObject({ status: 1, out: "", err: expect.stringContaining("no such") });
    expect(existsSync(missing)).toBe(false);
  });

  test("with the layout that the folder does not have", async ({ dir }) => {
    const { folder, root, garbage, directory } = await makeStore(dir);
    const refusals = await runAll([
      ["seamless store ls", [folder, "--layout", "flat"]],
      ["seamless store du", [folder, "--layout", "flat"]],
      ["seamless store rm", [folder, root, "--layout", "flat"]],
      ["seamless store gc", [folder, "--keep", root, "--yes", "--layout", "flat"]],
    ]);
    for (const { status, out, err } of refusals) {
      expect({ status, out }).toEqual({ status: 1, out: "" });
      expect(err).toContain("cannot be searched with the layout flat: it has folders of buffers in it");
    }
    expect(stored(folder)).toEqual([...directory, garbage].sort());
  });
});
