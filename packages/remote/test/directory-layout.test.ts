import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rejection } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { type DirectoryLayout, directoryStore } from "../src/directory/index.ts";
import { fileOf, files, plant } from "./support/folder.ts";
import { chunksOf, collect, sample } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

const MARKER = ".HASHSERVER_PREFIX";
const all = Array.from({ length: 6 }, (_, i) => sample(100 + i, i + 1));
const [mine] = all as [(typeof all)[0]];
const others = all.slice(1);

/** A folder of the others' buffers, as a hashserver in Python leaves it. */
function folderOf(layout: DirectoryLayout, marked = false): string {
  const folder = tempDir();
  for (const { checksum, bytes } of others) plant(placeIn(folder, layout, checksum), bytes);
  if (marked) writeFileSync(join(folder, MARKER), "1\n");
  return folder;
}

function placeIn(folder: string, layout: DirectoryLayout, checksum: (typeof mine)["checksum"]): string {
  return layout === "flat" ? join(folder, checksum.hex()) : fileOf(folder, checksum);
}

describe.each([
  ["flat", false],
  ["prefix", false],
  ["prefix", true],
] as const)("a folder that is %s already (marked: %s)", (layout, marked) => {
  test("is read as that", async () => {
    const folder = folderOf(layout, marked);
    for (const writable of [true, false]) {
      const store = directoryStore(folder, { writable });
      for (const { checksum, bytes } of others) expect(await store.get(checksum)).toEqual(bytes);
      expect(store.layout).toBe(layout);
      expect(await store.has([mine.checksum, ...others.map(({ checksum }) => checksum)])).toEqual([
        false,
        ...others.map(() => true),
      ]);
      expect(await collect(store.list())).toHaveLength(others.length);
      expect(await store.verify()).toMatchObject({ ok: true, buffers: others.length, foreign: [], misplaced: [] });
      expect(await store.check(others.map(({ checksum }) => checksum))).toEqual(others.map(() => "ok"));
    }
  });

  test.each(["put", "putStream"] as const)("is written as that: %s", async (put) => {
    const folder = folderOf(layout, marked);
    const before = files(folder);
    const store = directoryStore(folder);
    await (put === "put" ? store.put(mine.checksum, mine.bytes) : store.putStream(mine.checksum, chunksOf(mine.bytes)));
    const written = placeIn(folder, layout, mine.checksum).slice(folder.length + 1);
    expect(files(folder).filter((file) => file !== MARKER)).toEqual(
      [...before.filter((file) => file !== MARKER), written].sort(),
    );
    if (layout === "flat") expect(files(folder)).not.toContain(MARKER);
    expect(await store.delete(others[0]!.checksum)).toBe(true);
  });

  test("is not written in another, and what lies there is left as it is", async () => {
    const folder = folderOf(layout, marked);
    const before = files(folder);
    const other = layout === "flat" ? "prefix" : "flat";
    const store = directoryStore(folder, { layout: other });
    for (const putting of [
      store.put(mine.checksum, mine.bytes),
      store.putStream(mine.checksum, chunksOf(mine.bytes)),
    ]) {
      expect(await rejection(putting)).toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining(`its layout is ${layout}`),
      });
    }
    expect(files(folder)).toEqual(before);
  });
});

describe("a folder of many files", () => {
  test("is looked at as far as is needed, and not listed whole", async () => {
    const folder = tempDir();
    for (let i = 0; i < 5000; i++) writeFileSync(join(folder, i.toString(16).padStart(64, "0")), "");
    const store = directoryStore(folder);
    await store.put(mine.checksum, mine.bytes);
    expect([store.layout, files(folder).includes(mine.checksum.hex())]).toEqual(["flat", true]);
    // Wherever the prefixes and the marker come among the names.
    plant(fileOf(folder, others[0]!.checksum), others[0]!.bytes);
    const both = directoryStore(folder);
    expect(await both.has([mine.checksum, others[0]!.checksum])).toEqual([true, true]);
    expect(both.layout).toBe("flat");
    writeFileSync(join(folder, MARKER), "1\n");
    const marked = directoryStore(folder);
    expect(await marked.has([mine.checksum, others[0]!.checksum])).toEqual([false, true]);
    expect(marked.layout).toBe("prefix");
  });
});

describe("both layouts in one folder", () => {
  test.each([
    [1, "flat"],
    [4, "prefix"],
  ] as const)("are both read, and written in what there is more of (prefixes: %i)", async (prefixes, layout) => {
    const folder = tempDir();
    for (const { checksum, bytes } of others.slice(0, prefixes)) plant(fileOf(folder, checksum), bytes);
    for (const { checksum, bytes } of others.slice(prefixes)) plant(join(folder, checksum.hex()), bytes);
    const store = directoryStore(folder);
    for (const { checksum, bytes } of others) expect(await store.get(checksum)).toEqual(bytes);
    expect(await store.check(others.map(({ checksum }) => checksum))).toEqual(others.map(() => "ok"));
    await store.put(mine.checksum, mine.bytes);
    expect(new Uint8Array(readFileSync(placeIn(folder, layout, mine.checksum)))).toEqual(mine.bytes);
    expect(await collect(store.list())).toHaveLength(6);
    expect(await store.verify()).toMatchObject({ ok: true, buffers: 6, misplaced: [], foreign: [] });
    expect(files(folder)).not.toContain(MARKER);
    for (const { checksum } of all) expect(await store.delete(checksum)).toBe(true);
    expect(await collect(store.list())).toEqual([]);
  });

  test("where the marker says that there are prefixes, other files are misplaced", async () => {
    const folder = folderOf("prefix", true);
    plant(join(folder, mine.checksum.hex()), mine.bytes);
    const store = directoryStore(folder);
    expect(await store.has([mine.checksum])).toEqual([false]);
    expect(await store.verify()).toMatchObject({ ok: true, buffers: 5, misplaced: [mine.checksum.hex()] });
    await store.put(mine.checksum, mine.bytes);
    expect(files(folder)).toContain(fileOf(folder, mine.checksum).slice(folder.length + 1));
  });
});

describe("a folder that is still empty", () => {
  test("becomes one with prefixes when it is written", async () => {
    const folder = tempDir();
    const store = directoryStore(folder);
    expect([await store.has([mine.checksum]), store.layout]).toEqual([[false], "prefix"]);
    await store.put(mine.checksum, mine.bytes);
    expect(files(folder)).toEqual([MARKER, fileOf(folder, mine.checksum).slice(folder.length + 1)].sort());
  });

  test("may become a flat one while it is open, before it is written", async () => {
    const folder = tempDir();
    const store = directoryStore(folder);
    expect(await store.get(others[0]!.checksum)).toBe(undefined);
    plant(join(folder, others[0]!.checksum.hex()), others[0]!.bytes);
    expect(await store.get(others[0]!.checksum)).toEqual(others[0]!.bytes);
    await store.put(mine.checksum, mine.bytes);
    expect(files(folder)).toEqual([mine.checksum.hex(), others[0]!.checksum.hex()].sort());
  });

  test.each([
    ["a temporary file of another store", `.${"ab".repeat(32)}.0123456789ab.tmp`],
    ["an upload to a hashserver in Python", `${"ab".repeat(32)}-a_b0c1d2`],
    ["a lock", `${"ab".repeat(32)}.LOCK`],
    ["a compressed form", `${"ab".repeat(32)}.zst`],
  ])("is taken for a flat one when another program is starting to fill it: %s", async (_, name) => {
    const folder = tempDir();
    plant(join(folder, name), "");
    await directoryStore(folder).put(mine.checksum, mine.bytes);
    expect(files(folder)).toEqual([name, mine.checksum.hex()].sort());
  });

  test("is one with prefixes if it is marked, or has the folder of one", async () => {
    for (const make of [
      (folder: string) => plant(join(folder, MARKER), "1\n"),
      (folder: string) => mkdirSync(join(folder, "ab")),
    ]) {
      const folder = tempDir();
      make(folder);
      await directoryStore(folder).put(mine.checksum, mine.bytes);
      expect(files(folder)).toContain(fileOf(folder, mine.checksum).slice(folder.length + 1));
      expect(await rejection(directoryStore(folder, { layout: "flat" }).put(mine.checksum, mine.bytes))).toMatchObject({
        code: "INVALID_ARGUMENT",
      });
    }
  });

  test("other files say nothing", async () => {
    const folder = tempDir();
    for (const name of ["README", "abc", "ab.txt", "A".repeat(64), `${"a".repeat(65)}`]) plant(join(folder, name), "");
    mkdirSync(join(folder, "b".repeat(64)));
    await directoryStore(folder).put(mine.checksum, mine.bytes);
    expect(files(folder)).toContain(fileOf(folder, mine.checksum).slice(folder.length + 1));
  });

  test("that was removed while it was open may be laid out in another way", async () => {
    const folder = join(tempDir(), "store");
    const store = directoryStore(folder);
    await store.put(mine.checksum, mine.bytes);
    rmSync(folder, { recursive: true });
    plant(join(folder, others[0]!.checksum.hex()), others[0]!.bytes);
    rmSync(join(folder, others[0]!.checksum.hex()));
    plant(join(folder, others[1]!.checksum.hex()), others[1]!.bytes);
    await store.put(mine.checksum, mine.bytes).catch(() => undefined);
    await store.put(mine.checksum, mine.bytes);
    expect(await store.get(mine.checksum)).toEqual(mine.bytes);
  });
});
