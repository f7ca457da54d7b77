import { symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type Outcome, run } from "./support/commands.ts";
import { indexOf, jsonLines, list, sha256, snapshot, writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

const FILES = { a: "1", b: "2", "sub/c": "3" };
const INDEX = indexOf(FILES);
const HEX = sha256("");

/** A directory `d` with its index, as one run leaves them. */
function writeIndexed(dir: string): void {
  writeTree(join(dir, "d"), FILES);
  writeTree(dir, { "d.INDEX": INDEX, "d.CHECKSUM": `${sha256(INDEX)}\n` });
}

/** Verify `d`; nothing may be written. */
async function verify(dir: string, ...args: readonly string[]): Promise<Outcome> {
  const before = snapshot(dir);
  const outcome = await run("seamless-checksum-index", ["--verify", ...args, "d"], { cwd: dir });
  expect(snapshot(dir)).toEqual(before);
  return outcome;
}

describe.concurrent("seamless-checksum-index --verify", () => {
  test("all is as indexed", async ({ dir }) => {
    writeIndexed(dir);
    expect(await verify(dir)).toEqual({ status: 0, out: "d: OK, 3 files\n", err: "" });
    const [verdict] = jsonLines((await verify(dir, "--json")).out);
    const checksum = sha256(INDEX);
    expect(verdict).toEqual({
      path: "d",
      ok: true,
      checksum,
      indexed: checksum,
      canonical: true,
      recorded: checksum,
      added: [],
      removed: [],
      changed: [],
      interrupted: [],
      files: 3,
      bytes: 3,
      skipped: [],
    });
  });

  test("lists what was added, removed and changed", async ({ dir }) => {
    writeIndexed(dir);
    unlinkSync(join(dir, "d/b"));
    writeTree(join(dir, "d"), { "sub/c": "33", "sub/d": "4", Z: "5" });
    expect(await verify(dir)).toEqual({
      status: 1,
      out: "added    Z\nadded    sub/d\nremoved  b\nchanged  sub/c\nd: 2 added, 1 removed, 1 changed\n",
      err: "",
    });
    const { status, out } = await verify(dir, "--json");
    expect(status).toBe(1);
    expect(jsonLines(out)).toEqual([
      expect.objectContaining({
        ok: false,
        checksum: sha256(indexOf({ Z: "5", a: "1", "sub/c": "33", "sub/d": "4" })),
        indexed: sha256(INDEX),
        recorded: sha256(INDEX),
        added: ["Z", "sub/d"],
        removed: ["b"],
        changed: ["sub/c"],
        interrupted: [],
      }),
    ]);
  });

  test("several directories: each is verified, and one that differs decides", async ({ dir }) => {
    writeIndexed(dir);
    writeTree(dir, { "e/a": "1", "e.INDEX": "{}\n", "e.CHECKSUM": `${sha256("{}\n")}\n`, "f/a": "" });
    const { status, out, err } = await run("seamless-checksum-index", ["--verify", "e", "f", "d"], { cwd: dir });
    expect({ status, out }).toEqual({
      status: 1,
      out: "added    a\ne: 1 added, 0 removed, 0 changed\nd: OK, 3 files\n",
    });
    const hint = `run seamless-checksum-index ${dir}/f`;
    expect(err).toBe(`seamless-checksum-index: ${dir}/f is not indexed yet: ${hint}\n`);
    // In the words that were typed.
    const asWord = await run("seamless index", ["--verify", "f"], { cwd: dir });
    const fix = `run seamless index ${dir}/f`;
    expect(asWord).toEqual({ status: 1, out: "", err: `seamless index: ${dir}/f is not indexed yet: ${fix}\n` });
  });

  test("names a run that was interrupted before the checksum was written", async ({ dir }) => {
    writeIndexed(dir);
    unlinkSync(join(dir, "d.CHECKSUM"));
    const { status, out } = await verify(dir);
    expect(status).toBe(1);
    expect(out.split("\n")).toEqual([
      "d.CHECKSUM is missing: a run was interrupted between d.INDEX and d.CHECKSUM",
      "d: the files are as indexed, but the index is not in order; index it again",
      "",
    ]);
    const [json] = jsonLines((await verify(dir, "--json")).out);
    expect(json).toMatchObject({ ok: false, interrupted: [expect.stringContaining("d.CHECKSUM is missing")] });
    expect(json).not.toHaveProperty("recorded");
  });

  test("names a checksum of an older index", async ({ dir }) => {
    writeIndexed(dir);
    writeTree(dir, { "d.CHECKSUM": `${HEX}\n` });
    const { status, out } = await verify(dir, "--json");
    expect(status).toBe(1);
    const sign = "d.CHECKSUM is not the checksum of d.INDEX: a run was interrupted between the two, or one was changed";
    const checksum = sha256(INDEX);
    expect(jsonLines(out)).toEqual([
      expect.objectContaining({ ok: false, recorded: HEX, indexed: checksum, checksum, interrupted: [sign] }),
    ]);
  });

  test("names temporary files that a killed run has left, and a later run removes them", async ({ dir }) => {
    writeIndexed(dir);
    const left = [".d.INDEX.0123456789ab.tmp", ".d.CHECKSUM.ba9876543210.tmp"];
    const others = [".d.INDEX.tmp", ".e.INDEX.0123456789ab.tmp", "d.INDEX.0123456789ab.tmp"];
    writeTree(dir, Object.fromEntries([...left, ...others].map((name) => [name, "{"])));
    const { status, out } = await verify(dir);
    expect(status).toBe(1);
    expect(out.split("\n")).toEqual([
      ...[...left].sort().map((name) => `${name} was left behind by a run that was killed: it can be deleted`),
      "d: the files are as indexed, and only temporary files were left behind; index it again",
      "",
    ]);
    expect((await run("seamless-checksum-index", ["d"], { cwd: dir })).status).toBe(0);
    expect((await verify(dir)).status).toBe(0);
    expect(list(dir)).toEqual([...others, "d", "d.CHECKSUM", "d.INDEX"].sort());
  });

  test("a first run that was interrupted is named; without a directory, that is what is missing", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", ".d.INDEX.0123456789ab.tmp": "{", "e.CHECKSUM": `${HEX}\n`, "e/a": "1" });
    const { status, out, err } = await run("seamless-checksum-index", ["--verify", "d", "e", "f"], { cwd: dir });
    expect({ status, out }).toEqual({ status: 1, out: "" });
    const left = (name: string) => `a run was interrupted: it has left ${name}`;
    expect(err.split("\n")).toEqual(
      [
        `${dir}/d is not indexed yet (${left(".d.INDEX.0123456789ab.tmp")}): run seamless-checksum-index ${dir}/d`,
        `${dir}/e is not indexed yet (${left("e.CHECKSUM")}): run seamless-checksum-index ${dir}/e`,
        `cannot index ${dir}/f: no such file or directory`,
        "",
      ].map((line) => line && `seamless-checksum-index: ${line}`),
    );
  });

  test("an index with the right files in other bytes is not that of the directory", async ({ dir }) => {
    writeIndexed(dir);
    const compact = JSON.stringify(JSON.parse(INDEX));
    writeTree(dir, { "d.INDEX": compact, "d.CHECKSUM": `${sha256(compact)}\n` });
    const { status, out } = await verify(dir);
    expect(status).toBe(1);
    expect(out).toContain("d.INDEX lists the right files, but is not in canonical form\n");
  });

  test("an index with comments is read, and not canonical", async ({ dir }) => {
    writeIndexed(dir);
    writeTree(dir, { "d.INDEX": `# mine\n\n${INDEX}`, "d.CHECKSUM": `# mine\n\n ${sha256(INDEX)}\n` });
    const { status, out, err } = await verify(dir);
    expect({ status, err }).toEqual({ status: 1, err: "" });
    expect(out.split("\n")).toEqual([
      "d.INDEX lists the right files, but is not in canonical form",
      "d: the files are as indexed, but the index is not in order; index it again",
      "",
    ]);
    const [json] = jsonLines((await verify(dir, "--json")).out);
    expect(json).toMatchObject({ ok: false, canonical: false, checksum: sha256(INDEX), interrupted: [] });
  });

  test("what lies beside a name with a line break stays on its line", async ({ dir }) => {
    writeTree(dir, { "x\ny/a": "1", "x\ny.INDEX": indexOf({ a: "1" }) });
    const { status, out } = await run("seamless-checksum-index", ["--verify", "x\ny"], { cwd: dir });
    expect(status).toBe(1);
    expect(out.trimEnd().split("\n")).toEqual([
      "x\\ny.CHECKSUM is missing: a run was interrupted between x\\ny.INDEX and x\\ny.CHECKSUM",
      "x\\ny: the files are as indexed, but the index is not in order; index it again",
    ]);
  });

  test("what cannot be read fails", async ({ dir }) => {
    writeIndexed(dir);
    symlinkSync("nowhere", join(dir, "d/dangling"));
    expect(await verify(dir)).toEqual({
      status: 1,
      out: "",
      err: `seamless-checksum-index: ${dir}/d/dangling is a dangling link (to nowhere)\n`,
    });
    writeTree(dir, { "d.CHECKSUM": "not hex" });
    const { status, err } = await verify(dir);
    expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining(`${dir}/d.CHECKSUM`) });
  });
});

/** [what is wrong, the index, the offset of it, a part of the message] */
const FAULTS = [
  ["an absolute path", `{"/etc/passwd": "${HEX}"}`, 1, "is absolute"],
  ["a path that leaves the directory", `{"a": "${HEX}", "../x": "${HEX}"}`, 74, 'has a ".." in it'],
  ["one that does so on its way", `{"a/../../x": "${HEX}"}`, 1, 'has a ".." in it'],
  ["an empty part", `{ "a//b": "${HEX}"}`, 2, 'an empty or "." part'],
  ["a key twice", `{"ä": "${HEX}", "ä": "${HEX}"}`, 75, "comes twice"],
  ["a key twice, once escaped", `{"a": "${HEX}", "\\u0061": "${HEX}"}`, 74, "comes twice"],
  ["a checksum that is too short", `{"a": "${HEX.slice(1)}"}`, 6, "is not a checksum"],
  ["a checksum in capitals", `{"a": "${HEX.toUpperCase()}"}`, 6, "is not a checksum"],
  ["a value that is no string", '{"a": 1}', 6, "expected a string"],
  ["a list", "[]", 0, 'expected "{"'],
  ["nothing", "", 0, 'expected "{"'],
  ["half a file", INDEX.slice(0, 20), 9, "has no end"],
  ["something behind it", "{}\n{}", 3, "after the final brace"],
  ["bytes that are not UTF-8", Buffer.from(`{"\xff": "${HEX}"}`, "latin1"), 1, "UTF-8"],
] as const;

test("an index that comes from elsewhere is refused at its first fault, with its file and byte", async ({ dir }) => {
  for (const [name, index] of FAULTS) writeTree(dir, { [`${name}/a`]: "1", [`${name}.INDEX`]: index });
  const before = snapshot(dir);
  const operands = FAULTS.map(([name]) => name);
  const { status, out, err } = await run("seamless-checksum-index", ["--verify", "--json", ...operands], { cwd: dir });
  expect(status).toBe(1);
  const messages = err.trimEnd().split("\n");
  expect(messages).toHaveLength(FAULTS.length);
  for (const [i, [name, , offset, fault]] of FAULTS.entries()) {
    expect(messages[i]).toContain(`seamless-checksum-index: ${dir}/${name}.INDEX, at byte ${offset}: `);
    expect(messages[i]).toContain(fault);
  }
  expect(jsonLines(out)).toEqual(
    FAULTS.map(([path, , offset]) => ({
      path,
      error: { code: "INVALID_INDEX", message: expect.any(String), file: `${dir}/${path}.INDEX`, offset },
    })),
  );
  expect(snapshot(dir)).toEqual(before);
});
