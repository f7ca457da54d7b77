import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Checksum } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import type { CheckProgress } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { fileOf, plant } from "./support/folder.ts";
import { sample } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

type Sample = ReturnType<typeof sample>;
const all = Array.from({ length: 8 }, (_, i) => sample(1000 + i, i + 1));
const [right, missing, corrupt, compressed, dangling, locked, broken, directory] = all as [
  Sample,
  Sample,
  Sample,
  Sample,
  Sample,
  Sample,
  Sample,
  Sample,
];

async function damaged() {
  const folder = tempDir();
  const store = directoryStore(folder);
  for (const { checksum, bytes } of all) await store.put(checksum, bytes);
  rmSync(fileOf(folder, missing.checksum));
  plant(fileOf(folder, corrupt.checksum), new Uint8Array(corrupt.bytes.byteLength));
  rmSync(fileOf(folder, compressed.checksum));
  plant(fileOf(folder, compressed.checksum, ".gz"), gzipSync(compressed.bytes));
  rmSync(fileOf(folder, dangling.checksum));
  symlinkSync("/nowhere/at/all", fileOf(folder, dangling.checksum));
  plant(fileOf(folder, locked.checksum), locked.bytes.subarray(0, 10));
  plant(fileOf(folder, locked.checksum, ".LOCK"), "");
  rmSync(fileOf(folder, broken.checksum));
  plant(fileOf(folder, broken.checksum, ".gz"), "no gzip");
  rmSync(fileOf(folder, directory.checksum));
  plant(join(fileOf(folder, directory.checksum), "file"), "");
  return { folder, store };
}

describe("check", () => {
  test("says of each buffer what it is, and changes nothing", async () => {
    const { store } = await damaged();
    const checksums = [...all, right].map(({ checksum }) => checksum);
    const verdicts = ["ok", "missing", "corrupt", "ok", "unreadable", "missing", "unreadable", "unreadable", "ok"];
    expect(await store.check(checksums)).toEqual(verdicts);
    expect(await store.check(checksums)).toEqual(verdicts);
    expect(await store.check([])).toEqual([]);
  });

  test("tells how far it is", async () => {
    const store = directoryStore(tempDir());
    const many = Array.from({ length: 50 }, (_, i) => sample(i, i + 1));
    for (const { checksum, bytes } of many) await store.put(checksum, bytes);
    const progress: CheckProgress[] = [];
    const checksums = many.map(({ checksum }) => checksum);
    expect(new Set(await store.check(checksums, { onProgress: (state) => void progress.push(state) }))).toEqual(
      new Set(["ok"]),
    );
    expect(progress.at(-1)).toEqual({ files: 50, totalFiles: 50, bytes: (49 * 50) / 2 });
  });

  test("stops when asked to", async () => {
    const { store } = await damaged();
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = () => controller.abort(reason);
    const checking = store.check([right.checksum, missing.checksum], { signal: controller.signal, onProgress });
    expect(await rejection(checking)).toBe(reason);
    expect(await rejection(store.check([right.checksum], controller))).toBe(reason);
  });

  test("in a folder that is not there, all are missing, unless it may be a disk that is away", async () => {
    const folder = join(tempDir(), "away");
    expect(await directoryStore(folder).check([right.checksum])).toEqual(["missing"]);
    const readOnly = directoryStore(folder, { writable: false });
    expect(await rejection(readOnly.check([right.checksum]))).toMatchObject({ code: "IO_ERROR" });
  });
});

test("what is missing has no checksum, not even one of zeros", async () => {
  const store = directoryStore(tempDir());
  expect(await store.check([new Checksum("0".repeat(64)), missing.checksum])).toEqual(["missing", "missing"]);
});
