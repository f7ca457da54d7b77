import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { run } from "./support/commands.ts";
import { ENDLESS, indexOf, snapshot, writeSparse, writeTree } from "./support/files.ts";
import { system, test } from "./support/test.ts";

/** Write until nothing fits any more. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    expect(error).toMatchObject({ code: "ENOSPC" });
  } finally {
    closeSync(file);
  }
}

describe.concurrent("a disk", () => {
  test("that is full: an error; what is there stays whole, and nothing is left behind", async ({ disk }) => {
    const index = indexOf({ a: "1" });
    writeTree(disk, { "d/a": "1", "d.INDEX": index, "d.CHECKSUM": "older", "a.CHECKSUM": "old", a: "1" });
    // Without content they take no room.
    for (let i = 0; i < 100; i++) writeTree(join(disk, "d"), { [`empty-${i}`]: "" });
    fill(join(disk, "ballast"));
    const before = snapshot(disk);
    expect(await run("seamless-checksum-index", ["d"], { cwd: disk })).toEqual({
      status: 1,
      out: "",
      err: `seamless-checksum-index: cannot write ${disk}/d.INDEX: no space left on the device\n`,
    });
    expect(await run("seamless-checksum-file", ["--quiet", "a", "d/a"], { cwd: disk })).toEqual({
      status: 1,
      out: "",
      err:
        "seamless-checksum-file: cannot write a.CHECKSUM: no space left on the device\n" +
        "seamless-checksum-file: cannot write d/a.CHECKSUM: no space left on the device\n",
    });
    expect(snapshot(disk)).toEqual(before);
    expect((await run("seamless-checksum-index", ["--dry-run", "d"], { cwd: disk })).status).toBe(0);
  });

  test("that is read-only: an error before anything is read", async ({ disk }) => {
    writeTree(disk, { "d/a": "1", "d.INDEX": "old" });
    writeSparse(join(disk, "d/endless"), ENDLESS);
    const before = snapshot(disk);
    expect(system("mount", "-o", "remount,ro", disk)).toBe("");
    const [index, file] = await Promise.all([
      run("seamless-checksum-index", ["d"], { cwd: disk }),
      run("seamless-checksum-file", ["d/endless"], { cwd: disk }),
    ]);
    expect(system("mount", "-o", "remount,rw", disk)).toBe("");
    expect(index).toEqual({
      status: 1,
      out: "",
      err: `seamless-checksum-index: cannot write ${disk}/d.INDEX: the file system is read-only\n`,
    });
    expect(file).toEqual({
      status: 1,
      out: "",
      err: "seamless-checksum-file: cannot write d/endless.CHECKSUM: the file system is read-only\n",
    });
    expect(snapshot(disk)).toEqual(before);
  });
});
