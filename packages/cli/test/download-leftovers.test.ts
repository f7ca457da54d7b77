import { spawnSync } from "node:child_process";
import { symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { writerMark } from "@seamless/internal/writers";
import { expect, vi } from "vitest";
import { leftoversWithin } from "../src/transfer/restore.ts";
import { run } from "./support/commands.ts";
import { indexOf as indexText, jsonLines, list, writeTree } from "./support/files.ts";
import { keep } from "./support/stores.ts";
import { test } from "./support/test.ts";

const SUM = Checksum.of(new Uint8Array());

function indexOf(...paths: readonly string[]) {
  return new Map(paths.map((path) => [path, SUM]));
}

test("a file that the index lists is no leftover, whatever its name is, and on whatever file system", async ({
  dir,
}) => {
  const names = [".a.0123456789ab.tmp", ".é.0123456789ab.tmp", ".b.0123456789ab.tmp", "sub/.c.0123456789ab.tmp"];
  writeTree(dir, Object.fromEntries(names.map((name) => [name, ""])));
  for (const name of names) utimesSync(join(dir, name), 1, 1);
  const files = ["a", "é", "b", "sub/c"];
  const left = async (...listed: readonly string[]) =>
    [...(await leftoversWithin(dir, indexOf(...files, ...listed)))]
      .map(({ file }) => file.slice(dir.length + 1))
      .sort();
  expect(await left()).toEqual([...names].sort());
  // As it is; in another case; with its accent put together in another way.
  expect(await left(names[0]!, ".B.0123456789AB.tmp", ".é.0123456789ab.tmp".normalize("NFD"))).toEqual([names[3]]);
});

/** Counts how many paths were taken from it. */
class Counting extends Map<string, Checksum> {
  taken = 0;

  override *keys(): MapIterator<string> {
    for (const path of super.keys()) {
      this.taken++;
      yield path;
    }
  }
}

test("however many are left, the index is gone through twice, and only what may be meant is folded", async ({
  dir,
}) => {
  const files = Array.from({ length: 50 }, (_, i) => `f${i}`);
  const left = files.map((name) => `.${name}.0123456789ab.tmp`);
  writeTree(dir, Object.fromEntries(left.map((name) => [name, ""])));
  for (const name of left) utimesSync(join(dir, name), 1, 1);
  const others = Array.from({ length: 2000 }, (_, i) => `sub/${i}`);
  const entries = new Counting(indexOf(...files, ...others, left[0]!));
  const normalize = vi.spyOn(String.prototype, "normalize");
  const found = await leftoversWithin(dir, entries);
  const folded = normalize.mock.calls.length;
  normalize.mockRestore();
  expect(found).toHaveLength(49);
  expect(entries.taken).toBe(2 * entries.size);
  expect(folded).toBeLessThanOrEqual(left.length + 1);
});

test("a download removes what another has left of its files an hour ago, and says so; the rest is for --delete", async ({
  dir,
}) => {
  const index = indexText({ a: "1" });
  await keep(join(dir, "store"), index, "1");
  const [old, young, foreign] = [".a.0123456789ab.tmp", ".a.ba9876543210.tmp", ".b.0123456789ab.tmp"];
  writeTree(dir, { "d.INDEX": index, "d/a": "1", [`d/${old}`]: "", [`d/${young}`]: "", [`d/${foreign}`]: "" });
  for (const name of [old, foreign]) utimesSync(join(dir, "d", name), 1, 1);
  const options = { cwd: dir, env: { SEAMLESS_STORE: join(dir, "store") } };
  const download = (...args: readonly string[]) => run("seamless download", ["d", ...args], options);
  const kept = `seamless download: d: 1 file, 1 B; wrote 0 files, 0 B from ${dir}/store`;
  const dry = await download("--dry-run", "--delete");
  expect(dry.err.split("\n")).toEqual([
    `seamless download: d/${young} is not in the index, but is kept: another download may be writing it`,
    `seamless download: d/${foreign} is not in the index: would delete it`,
    `${kept.replace("wrote", "would write")}; would delete 1 file; would remove 1 temporary file of interrupted downloads`,
    "",
  ]);
  expect(list(join(dir, "d"))).toEqual([old, young, foreign, "a"]);
  const { status, out, err } = await download("--json");
  expect({ status, err: err.split("\n") }).toEqual({
    status: 1,
    err: [
      `seamless download: d/${young} is not in the index: another download may be writing it`,
      `seamless download: d/${foreign} is not in the index`,
      "seamless download: d has 2 files that are not in the index, so its checksum differs; --delete removes them",
      `${kept}; removed 1 temporary file of interrupted downloads`,
      "",
    ],
  });
  expect(jsonLines(out)).toEqual([expect.objectContaining({ leftovers: 1 })]);
  expect(list(join(dir, "d"))).toEqual([young, foreign, "a"]);
  const deleted = await download("--delete", "--yes");
  expect(deleted.status).toBe(1);
  expect(deleted.err).toContain(`seamless download: deleted d/${foreign}, which is not in the index\n`);
  expect(deleted.err).toContain(`${kept}; deleted 1 file\n`);
  expect(list(join(dir, "d"))).toEqual([young, "a"]);
});

test("what a process of this computer has left goes at once, links too; what one is writing counts as unlisted", async ({
  dir,
}) => {
  const index = indexText({ a: "1", "sub/b": "2" });
  await keep(join(dir, "store"), index, "1", "2");
  writeTree(dir, { "d.INDEX": index, "d/a": "1", "d/sub/b": "2" });
  const { pid } = spawnSync(process.execPath, ["--version"]);
  const name = (file: string, by: number) => `.${file}.0123456789ab${writerMark(by)}.tmp`;
  writeTree(dir, { [`d/${name("a", pid)}`]: "", [`d/sub/${name("b", pid)}`]: "half" });
  symlinkSync(join(dir, "store"), join(dir, "d", name("a", pid).replace("ab", "ac")));
  const options = { cwd: dir, env: { SEAMLESS_STORE: join(dir, "store") } };
  const { status, err } = await run("seamless download", ["d"], options);
  expect({ status, err }).toEqual({
    status: 0,
    err: expect.stringContaining("removed 3 temporary files of interrupted downloads\n"),
  });
  expect(list(join(dir, "d"))).toEqual(["a", "sub"]);
  expect(list(join(dir, "d/sub"))).toEqual(["b"]);
  const mine = name("a", process.pid);
  writeTree(dir, { [`d/${mine}`]: "" });
  expect(await run("seamless download", ["--quiet", "d"], options)).toEqual({
    status: 1,
    out: "d\n",
    err: [
      `seamless download: d/${mine} is not in the index: another download may be writing it`,
      "seamless download: d has a file that is not in the index, so its checksum differs",
      "",
    ].join("\n"),
  });
  expect(list(join(dir, "d"))).toEqual([mine, "a", "sub"]);
});
