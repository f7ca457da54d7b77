import { type BigIntStats, lstatSync, type Stats } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { createDoubts, isSameStamp, STAMP, writeStamp } from "../src/node/file-stamp.ts";

function stampOf(stats: Partial<Stats>, exact?: bigint): Float64Array {
  const stamp = new Float64Array(STAMP);
  const all = { dev: 1, ino: 2, size: 3, mtimeMs: 4.5, ctimeMs: 5.5, ...stats } as Stats;
  writeStamp(all, () => ({ ino: exact }) as BigIntStats, stamp);
  return stamp;
}

test("inodes that no number holds are told apart", () => {
  const large = 2n ** 60n;
  const [a, b] = [stampOf({ ino: Number(large) }, large), stampOf({ ino: Number(large) }, large + 1n)];
  expect(isSameStamp(a, 0, b)).toBe(false);
  expect(isSameStamp(a, 0, stampOf({ ino: Number(large) }, large))).toBe(true);
  // Some libraries give those of 64 bits with a sign.
  expect(stampOf({ ino: Number(-large) }, -large)[1]).toBeGreaterThan(0);
});

test.each(["dev", "ino", "size", "mtimeMs", "ctimeMs"])("another %s is another stamp", (key) => {
  expect(isSameStamp(stampOf({}), 0, stampOf({ [key]: 7 }))).toBe(false);
});

test("what changed just now, or later than now, is in doubt", () => {
  const doubt = (change: number) => createDoubts(1_000_000)(tmpdir(), stampOf({ ctimeMs: change }), 0);
  expect(doubt(999_000.5)).toBe(undefined);
  expect(doubt(999_950.5)).toBe("young");
  expect(doubt(1_000_000.5)).toBe("young");
  expect(doubt(9_000_000.5)).toBe("young");
});

test("files are unfit if their times are coarse, or they have no inode, or their file system is not known", () => {
  const { dev, ino } = lstatSync(tmpdir());
  const doubt = (stats: Partial<Stats>, path = tmpdir()) =>
    createDoubts(1e12)(path, stampOf({ dev, ino, ctimeMs: 1000.5, ...stats }), 0);
  expect(doubt({})).toBe(undefined);
  expect(doubt({ ctimeMs: 5000 })).toBe("unfit");
  expect(doubt({ ino: 0 })).toBe("unfit");
  expect(doubt({}, "/nowhere/at/all")).toBe("unfit");
});
