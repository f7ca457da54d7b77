import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { Checksum, parseIndex, serializeIndex } from "../src/index.ts";
import { type IndexProgress, indexDirectory } from "../src/node/index.ts";
import { rejection } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

/** A folder with these files, whose content is their path unless it is given. */
function folderOf(...files: (string | [path: string, content: string])[]): string {
  const folder = tempDir();
  for (const file of files) {
    const [path, content] = typeof file === "string" ? [file, file] : file;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

const checksumOf = (content: string) => Checksum.of(Buffer.from(content)).hex();
const paths = async (folder: string) => [...(await indexDirectory(folder)).entries.keys()];

test("files at any depth, hidden ones too, with what the index holds", async () => {
  const files = ["b", "a/x/y/z/deep", ".hidden", "a/.git/config", "10", "9", "B"];
  const found = await indexDirectory(folderOf(...files));
  expect([...found.entries.keys()]).toEqual([".hidden", "10", "9", "B", "a/.git/config", "a/x/y/z/deep", "b"]);
  for (const [path, checksum] of found.entries) expect(checksum.hex()).toBe(checksumOf(path));
  expect(found.buffer).toEqual(serializeIndex(found.entries));
  expect([...parseIndex(found.buffer).keys()]).toEqual([...found.entries.keys()]);
  expect(found.checksum.equals(Checksum.of(found.buffer))).toBe(true);
  expect(found.bytes).toBe(files.join("").length);
  expect(found.skipped).toEqual([]);
});

test("an empty directory, and empty directories in one", async () => {
  const folder = folderOf();
  mkdirSync(join(folder, "empty/deep"), { recursive: true });
  const found = await indexDirectory(folder);
  expect(found.entries.size).toBe(0);
  expect(Buffer.from(found.buffer).toString()).toBe("{}\n");
  expect(found.bytes).toBe(0);
  mkdirSync(join(folder, "other"));
  expect((await indexDirectory(folder)).checksum.equals(found.checksum)).toBe(true);
});

test("paths are sorted by code point as a whole, not folder by folder", async () => {
  const sorted = ["a-b", "a.b", "a/b", "a0", "ab/c", "\ue000", "\u{1f600}"];
  expect(await paths(folderOf(...[...sorted].reverse()))).toEqual(sorted);
});

test("the directory may be given relatively, with a final slash, or through a link", async () => {
  const folder = folderOf("sub/file");
  const { checksum } = await indexDirectory(join(folder, "sub"));
  symlinkSync("sub", join(folder, "link"));
  const forms = [
    `${folder}/sub/`,
    `${folder}/./sub/../sub//`,
    join(folder, "link"),
    relative(process.cwd(), join(folder, "sub")),
  ];
  for (const form of forms) expect((await indexDirectory(form)).checksum.hex()).toBe(checksum.hex());
});

describe("links", () => {
  test("to a file counts as that file, also outside the directory", async () => {
    const folder = folderOf(["in/target", "content"], ["out", "outside"]);
    symlinkSync("target", join(folder, "in/link"));
    symlinkSync("../out", join(folder, "in/leaves"));
    symlinkSync("link", join(folder, "in/link-to-link"));
    const { entries } = await indexDirectory(join(folder, "in"));
    expect(Object.fromEntries([...entries].map(([path, checksum]) => [path, checksum.hex()]))).toEqual({
      target: checksumOf("content"),
      link: checksumOf("content"),
      "link-to-link": checksumOf("content"),
      leaves: checksumOf("outside"),
    });
  });

  test("to a directory is not followed, and leaves no trace", async () => {
    const folder = folderOf("dir/file");
    symlinkSync("dir", join(folder, "link"));
    symlinkSync("/", join(folder, "root"));
    const found = await indexDirectory(folder);
    expect([...found.entries.keys()]).toEqual(["dir/file"]);
    expect(found.skipped).toEqual([]);
  });

  test("back to a directory above does not loop", async () => {
    const folder = folderOf("a/b/file");
    symlinkSync("../..", join(folder, "a/b/up"));
    symlinkSync(".", join(folder, "a/here"));
    expect(await paths(folder)).toEqual(["a/b/file"]);
  });

  test.each([
    ["a dangling link", "dangling", "no/where", "a dangling link (to no/where)"],
    ["a link to itself", "self", "self", "a link that leads back to itself (to self)"],
    ["a link through a file", "through", "file/x", "a dangling link (to file/x)"],
  ])("%s fails and is named with its target", async (_, name, target, fault) => {
    const folder = folderOf("file");
    symlinkSync(target, join(folder, name));
    const error = await rejection(indexDirectory(folder));
    expect(error).toMatchObject({ name: "SeamlessError", code: "NOT_FOUND", file: join(folder, name) });
    expect(error.message).toBe(`${join(folder, name)} is ${fault}`);
  });
});

test.each([
  ["not there", "missing", "NOT_FOUND", "no such file or directory"],
  ["a file", "file", "NOT_A_DIRECTORY", "it is not a directory"],
  ["below a file", "file/x", "NOT_A_DIRECTORY", "a part of the path is not a directory"],
  ["a dangling link", "dangling", "NOT_FOUND", "no such file or directory"],
])("a directory that is %s", async (_, name, code, fault) => {
  const folder = folderOf("file");
  symlinkSync("nowhere", join(folder, "dangling"));
  const error = await rejection(indexDirectory(join(folder, name)));
  expect(error).toMatchObject({ name: "SeamlessError", code, file: join(folder, name) });
  expect(error.message).toBe(`cannot index ${join(folder, name)}: ${fault}`);
});

test("progress ends with the totals and never goes back", async () => {
  const folder = folderOf(["a", "12345"], ["b/c", "x".repeat(3_000_000)], ["empty", ""]);
  const seen: IndexProgress[] = [];
  const { bytes } = await indexDirectory(folder, { onProgress: (progress) => seen.push(progress) });
  expect(seen.at(-1)).toEqual({ files: 3, totalFiles: 3, bytes: 3_000_005, totalBytes: 3_000_005 });
  expect(bytes).toBe(3_000_005);
  for (const [i, { files, bytes }] of seen.entries()) {
    expect(files).toBeGreaterThanOrEqual(seen[i - 1]?.files ?? 0);
    expect(bytes).toBeGreaterThanOrEqual(seen[i - 1]?.bytes ?? 0);
  }
});

describe("abort", () => {
  const reason = new Error("enough");

  test("before the start", async () => {
    expect(await rejection(indexDirectory("/no/such/folder", { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });

  test("while folders are listed", async () => {
    const controller = new AbortController();
    const promise = indexDirectory(folderOf("a/b/c/d/e/f/g"), { signal: controller.signal });
    controller.abort(reason);
    expect(await rejection(promise)).toBe(reason);
  });
});
