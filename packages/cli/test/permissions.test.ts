import { chmodSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run } from "./support/commands.ts";
import { ENDLESS, indexOf, list, sha256, snapshot, writeSparse, writeTree } from "./support/files.ts";
import { test } from "./support/test.ts";

describe.concurrent("without the permission", () => {
  test("to read a file: an error that names it; the others are done", async ({ dir, installation }) => {
    writeTree(dir, { secret: "s", open: "o" });
    chmodSync(join(dir, "secret"), 0);
    const options = { cwd: dir, installation, unprivileged: true };
    const err = (name: string) => `${name}: cannot read secret: permission denied\n`;
    expect(await run("seamless-checksum", ["secret", "open"], options)).toEqual({
      status: 1,
      out: `${sha256("o")}  open\n`,
      err: err("seamless-checksum"),
    });
    expect(await run("seamless-checksum-file", ["--quiet", "secret", "open"], options)).toEqual({
      status: 1,
      out: "",
      err: err("seamless-checksum-file"),
    });
    expect(list(dir)).toEqual(["open", "open.CHECKSUM", "secret"]);
  });

  test("to read files and folders of a directory: all are named, and nothing is written", async ({
    dir,
    installation,
  }) => {
    writeTree(dir, { "d/a": "1", "d/secret": "2", "d/sub/secret": "3", "e/a": "1", "f/a": "1", "f/closed/b": "2" });
    for (const path of ["d/secret", "d/sub/secret", "f/closed"]) chmodSync(join(dir, path), 0);
    const options = { cwd: dir, installation, unprivileged: true };
    const { status, out, err } = await run("seamless-checksum-index", ["d", "e", "f"], options);
    chmodSync(join(dir, "f/closed"), 0o755);
    expect({ status, out }).toEqual({ status: 1, out: `${sha256(indexOf({ a: "1" }))}  ${dir}/e.INDEX\n` });
    expect(err.split("\n")).toEqual([
      `seamless-checksum-index: cannot read ${dir}/d/secret: permission denied`,
      `seamless-checksum-index: cannot read ${dir}/d/sub/secret: permission denied`,
      `seamless-checksum-index: cannot index ${dir}/d: 2 files failed`,
      `seamless-checksum-index: cannot read ${dir}/f/closed: permission denied`,
      "",
    ]);
    expect(list(dir)).toEqual(["d", "e", "e.CHECKSUM", "e.INDEX", "f"]);
  });

  test("to write beside it: an error before anything is read, but a dry run needs none", async ({
    dir,
    installation,
  }) => {
    const closed = join(dir, "closed");
    writeTree(closed, { "d/a": "1", "e/a": "1", "d.INDEX": indexOf({ a: "1" }) });
    writeSparse(join(closed, "d/endless"), ENDLESS);
    chmodSync(closed, 0o555);
    const before = snapshot(dir);
    const options = { cwd: closed, installation, unprivileged: true };
    expect(await run("seamless-checksum-index", ["d"], options)).toEqual({
      status: 1,
      out: "",
      err: `seamless-checksum-index: cannot write ${closed}/d.INDEX: permission denied\n`,
    });
    chmodSync(join(closed, "d"), 0o555);
    expect(await run("seamless-checksum-file", ["d/endless"], options)).toEqual({
      status: 1,
      out: "",
      err: "seamless-checksum-file: cannot write d/endless.CHECKSUM: permission denied\n",
    });
    expect((await run("seamless-checksum-index", ["--dry-run", "e"], options)).status).toBe(0);
    chmodSync(closed, 0o755);
    chmodSync(join(closed, "d"), 0o755);
    expect(snapshot(dir)).toEqual(before);
  });

  test("to list what lies beside it: it is indexed all the same", async ({ dir, installation }) => {
    const dropbox = join(dir, "dropbox");
    writeTree(dropbox, { "d/a": "1" });
    chmodSync(dropbox, 0o333);
    const options = { cwd: dir, installation, unprivileged: true };
    const { status, err } = await run("seamless-checksum-index", ["dropbox/d"], options);
    chmodSync(dropbox, 0o755);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(readFileSync(join(dropbox, "d.INDEX"), "utf8")).toBe(indexOf({ a: "1" }));
  });
});

test("an index that is replaced keeps its permissions", async ({ dir }) => {
  mkdirSync(join(dir, "d"));
  writeTree(dir, { "d.INDEX": "", "d.CHECKSUM": "" });
  chmodSync(join(dir, "d.INDEX"), 0o640);
  expect((await run("seamless-checksum-index", ["d"], { cwd: dir })).status).toBe(0);
  expect(statSync(join(dir, "d.INDEX")).mode & 0o777).toBe(0o640);
});
