import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { leftoversOf, removeLeftovers } from "../src/files/output-files.ts";
import { Console } from "../src/program/console.ts";
import { run } from "./support/commands.ts";
import { indexOf, list, sha256, writeTree } from "./support/files.ts";
import { test, unavailable } from "./support/test.ts";

const INDEX = indexOf({ a: "1" });
const PRINTED = { status: 0, out: `${sha256(INDEX)}\n` };

describe.concurrent("temporary files that killed runs have left", () => {
  test("of an index go with the next one; a dry run leaves them", async ({ dir }) => {
    writeTree(dir, { "d/a": "1", ".d.INDEX.0123456789ab.tmp": "{", ".d.CHECKSUM.0123456789ab.tmp": "" });
    const before = list(dir);
    expect(await run("seamless-checksum-index", ["--dry-run", "d"], { cwd: dir })).toMatchObject(PRINTED);
    expect(list(dir)).toEqual(before);
    expect(await run("seamless-checksum-index", ["d"], { cwd: dir })).toEqual({ ...PRINTED, err: "" });
    expect(list(dir)).toEqual(["d", "d.CHECKSUM", "d.INDEX"]);
  });

  test("of checksum files too", async ({ dir }) => {
    writeTree(dir, { a: "1", "sub/b": "2" });
    writeTree(dir, { ".a.CHECKSUM.0123456789ab.tmp": "", "sub/.b.CHECKSUM.0123456789ab.tmp": "" });
    writeTree(dir, { ".other.CHECKSUM.0123456789ab.tmp": "" });
    const args = ["--quiet", "a", "sub/b"];
    expect((await run("seamless-checksum-file", ["--dry-run", ...args], { cwd: dir })).status).toBe(0);
    expect(list(join(dir, "sub"))).toEqual([".b.CHECKSUM.0123456789ab.tmp", "b"]);
    expect(await run("seamless-checksum-file", args, { cwd: dir })).toEqual({ status: 0, out: "", err: "" });
    expect(list(dir)).toEqual([".other.CHECKSUM.0123456789ab.tmp", "a", "a.CHECKSUM", "sub"]);
    expect(list(join(dir, "sub"))).toEqual(["b", "b.CHECKSUM"]);
  });

  test("a directory of such a name is none, and in nobody's way", async ({ dir }) => {
    writeTree(dir, { "d/a": "1" });
    mkdirSync(join(dir, ".d.INDEX.000000000000.tmp"));
    expect(await run("seamless-checksum-index", ["d"], { cwd: dir })).toEqual({ ...PRINTED, err: "" });
    const verified = await run("seamless-checksum-index", ["--verify", "d"], { cwd: dir });
    expect(verified).toEqual({ status: 0, out: "d: OK, 1 file\n", err: "" });
    expect(list(dir)).toEqual([".d.INDEX.000000000000.tmp", "d", "d.CHECKSUM", "d.INDEX"]);
  });

  test.runIf(process.platform === "linux")("what a process has open stays, through a link too", async ({ dir }) => {
    writeTree(dir, { "real/d/a": "1", "real/.d.INDEX.0123456789ab.tmp": "{", "real/.d.INDEX.ba9876543210.tmp": "" });
    symlinkSync("real", join(dir, "way"));
    const open = openSync(join(dir, "real/.d.INDEX.0123456789ab.tmp"), "r+");
    expect(await run("seamless-checksum-index", ["way/d"], { cwd: dir })).toEqual({ ...PRINTED, err: "" });
    expect(list(join(dir, "real"))).toEqual([".d.INDEX.0123456789ab.tmp", "d", "d.CHECKSUM", "d.INDEX"]);
    closeSync(open);
    expect(await run("seamless-checksum-index", ["way/d"], { cwd: dir })).toEqual({ ...PRINTED, err: "" });
    expect(list(join(dir, "real"))).toEqual(["d", "d.CHECKSUM", "d.INDEX"]);
  });

  test("what has changed, or was made anew, since it was found stays: another run is writing it", async ({ dir }) => {
    const names = ["0123456789ab", "1123456789ab", "2123456789ab", "3123456789ab"].map((id) => `.x.${id}.tmp`);
    writeTree(dir, Object.fromEntries(names.map((name) => [name, "1"])));
    const found = await leftoversOf([join(dir, "x")]);
    expect(found.map(({ file }) => file)).toEqual(names.map((name) => join(dir, name)));
    const [grown, anew, gone] = names.map((name) => join(dir, name));
    appendFileSync(grown!, "2");
    writeFileSync(join(dir, "other"), "1");
    renameSync(join(dir, "other"), anew!);
    rmSync(gone!);
    await removeLeftovers(new Console("test"), found);
    expect(list(dir)).toEqual(names.slice(0, 2));
  });

  test("one that we may not remove is a note, after the result", async ({ dir, installation, skip }) => {
    if (process.getuid?.() !== 0) unavailable(skip, "only root can make a file of somebody else");
    writeTree(dir, { "d/a": "1", ".d.INDEX.000000000000.tmp": "" });
    // As in /tmp: everybody may write, and remove only what is theirs.
    chownSync(dir, 1, 1);
    chmodSync(dir, 0o1777);
    const options = { cwd: dir, installation, unprivileged: true };
    const note = `cannot remove ${dir}/.d.INDEX.000000000000.tmp: operation not permitted`;
    expect(await run("seamless-checksum-index", ["d"], options)).toEqual({
      ...PRINTED,
      err: `seamless-checksum-index: ${note}\n`,
    });
    expect(await run("seamless-checksum-index", ["--quiet", "d"], options)).toEqual({ ...PRINTED, err: "" });
    expect(list(dir)).toEqual([".d.INDEX.000000000000.tmp", "d", "d.CHECKSUM", "d.INDEX"]);
  });
});
