import { Checksum, serializeIndex } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import { Comparison, hashSide, KINDS, MAX_INDEX, readKinds, readSide, writeKinds } from "../src/compare/comparison.ts";
import { chosenFromDrop, type FolderFile, listField, listHandle, MAX_FILES } from "../src/compare/folder.ts";
import { hashFolder } from "../src/compare/hash-folder.ts";

type Tree = Readonly<Record<string, string>>;

const checksumOf = (text: string) => Checksum.of(new TextEncoder().encode(text));
const filesOf = (tree: Tree): readonly FolderFile[] =>
  Object.entries(tree).map(([path, text]) => ({ path, file: new File([text], path.split("/").at(-1)!) }));
const indexOf = (tree: Tree) =>
  new Blob([serializeIndex(Object.entries(tree).map(([path, text]) => [path, checksumOf(text)] as const))]);
const folder = (tree: Tree) => hashSide(filesOf(tree), () => {});
const index = (tree: Tree) => readSide(indexOf(tree), "data.INDEX");

const BEFORE: Tree = { "a.txt": "hello\n", "sub/gone": "gone", old: "moved", same: "same" };
const AFTER: Tree = { "a.txt": "changed!\n", fresh: "", now: "moved", same: "same" };

describe("a comparison", () => {
  test("of folders: what seamless diff tells, with sizes", async () => {
    const comparison = new Comparison(await folder(BEFORE), await folder(AFTER));
    expect(comparison.counts).toEqual({ added: 1, removed: 1, changed: 1, moved: 1 });
    expect(comparison.rows(KINDS, 0, 10)).toEqual([
      { change: "changed", path: "a.txt", sizeBefore: 6, sizeAfter: 9 },
      { change: "added", path: "fresh", sizeAfter: 0 },
      { change: "moved", path: "now", from: "old", sizeBefore: 5, sizeAfter: 5 },
      { change: "removed", path: "sub/gone", sizeBefore: 4 },
    ]);
  });

  test("of indexes: sizes are known only of what lies in the other folder", async () => {
    const both = new Comparison(await index(BEFORE), await index(AFTER));
    expect(both.rows(KINDS, 0, 10)[0]).toEqual({ change: "changed", path: "a.txt" });
    const one = new Comparison(await index(BEFORE), await folder(AFTER));
    expect(one.rows(KINDS, 0, 10)).toMatchObject([
      { path: "a.txt", sizeAfter: 9 },
      { path: "fresh", sizeAfter: 0 },
      { path: "now", sizeBefore: 5, sizeAfter: 5 },
      { path: "sub/gone" },
    ]);
  });

  test("a folder and its index are the same, and have the checksum of the directory", async () => {
    const [side, other] = [await folder(BEFORE), await index(BEFORE)];
    expect(side.checksum).toBe(other.checksum);
    expect(side.checksum).toBe(Checksum.of(new Uint8Array(await indexOf(BEFORE).arrayBuffer())).hex());
    expect(side.files).toBe(4);
    expect(new Comparison(side, other).rows(KINDS, 0, 10)).toEqual([]);
    const empty = await folder({});
    expect(new Comparison(empty, side).counts).toMatchObject({ added: 4, removed: 0 });
  });

  test("its rows come in pages, of the kinds that are wanted", async () => {
    const names = (count: number, name: string) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`${name}${String(i).padStart(3, "0")}`, `${name}${i}`]),
      );
    const comparison = new Comparison(await index(names(300, "a")), await index(names(200, "b")));
    expect(comparison.counts).toMatchObject({ added: 200, removed: 300 });
    expect(comparison.rows(["added"], 190, 20).map(({ path }) => path)).toHaveLength(10);
    expect(comparison.rows(["removed", "added"], 299, 2).map(({ path }) => path)).toEqual(["a299", "b000"]);
    expect(comparison.rows([], 0, 20)).toEqual([]);
  });
});

describe("a side", () => {
  test("what is no index is refused, with the place", async () => {
    await expect(readSide(new Blob(['{"a": 1}']), "x.INDEX")).rejects.toThrow(
      /^x\.INDEX, at byte 6: expected a string/,
    );
    await expect(readSide(new Blob(['{"../a": "x"}']), "x")).rejects.toThrow(/leaves the directory/);
    await expect(readSide({ size: MAX_INDEX + 1 } as Blob, "x")).rejects.toThrow("x is over 64 MiB long");
  });

  test("a path that no index can hold is refused", async () => {
    await expect(folder({ "a\ud800": "" })).rejects.toThrow(/is not valid Unicode/);
  });

  test("long files are hashed slice by slice, and it is told how far it is", async () => {
    const long = "0123456789abcdef".repeat(600_000);
    const told: number[] = [];
    const hashed = await hashFolder(filesOf({ long, short: "x" }), ({ bytes }) => told.push(bytes));
    expect(hashed.map(([path, checksum]) => [path, checksum.hex()])).toEqual([
      ["long", checksumOf(long).hex()],
      ["short", checksumOf("x").hex()],
    ]);
    expect(told.length).toBeGreaterThan(4);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(long.length + 1);
  });

  test("files that cannot be read are named, some of them", async () => {
    const broken = (path: string): FolderFile => {
      const file = { size: 1, arrayBuffer: () => Promise.reject(new Error("it was removed")) };
      return { path, file: file as unknown as File };
    };
    await expect(hashFolder([broken("a\u001b[2J")], () => {})).rejects.toThrow(
      'a file cannot be read: "a\\u001b[2J": it was removed',
    );
    const many = Array.from({ length: 9 }, (_, i) => broken(`f${i}`));
    await expect(hashFolder(many, () => {})).rejects.toThrow(/^9 files cannot be read: f0: .*; and 4 more$/);
  });

  test("a field for folders gives paths within the folder", () => {
    const file = (webkitRelativePath: string) => ({ webkitRelativePath }) as File;
    expect(listField([file("data/a"), file("data/sub/b")]).map(({ path }) => path)).toEqual(["a", "sub/b"]);
  });

  const none = {} as File;
  const entries = (count: number) =>
    new Array(count).fill({ name: "a", isDirectory: false, file: (done: (file: File) => void) => done(none) });
  test.each<readonly [string, (count: number) => Promise<readonly FolderFile[]>]>([
    ["chosen in a field", async (count) => listField(new Array(count).fill({ webkitRelativePath: "data/a" }))],
    [
      "picked",
      async (count) =>
        listHandle({
          async *values() {
            for (let i = 0; i < count; i++) yield { kind: "file", name: "a", getFile: async () => none };
          },
        } as unknown as FileSystemDirectoryHandle),
    ],
    [
      "dropped",
      async (count) => {
        const parts = [entries(count - 1), entries(1), []];
        const createReader = () => ({ readEntries: (done: (part: unknown[]) => void) => done(parts.shift()!) });
        const item = { kind: "file", webkitGetAsEntry: () => ({ name: "data", isDirectory: true, createReader }) };
        const [chosen] = chosenFromDrop([item as unknown as DataTransferItem]);
        return chosen?.kind === "folder" ? chosen.list() : [];
      },
    ],
  ])("a folder that was %s is read up to 200,000 files, and refused from there on", async (_, list) => {
    expect(MAX_FILES).toBe(200_000);
    expect(await list(MAX_FILES)).toHaveLength(MAX_FILES);
    await expect(list(MAX_FILES + 1)).rejects.toThrow(
      "the folder has over 200000 files: 'seamless diff' compares any number",
    );
  });
});

test("the kinds that are shown go into the address and come back; what is none, is all of them", () => {
  expect(readKinds(writeKinds(["added", "moved"]))).toEqual(["added", "moved"]);
  for (const text of [undefined, "", "x", "constructor", "<b>"]) expect(readKinds(text)).toEqual(KINDS);
  expect(readKinds("moved.added.x")).toEqual(["added", "moved"]);
});
