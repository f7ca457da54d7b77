import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { Checksum, type ChecksumLike, serializeIndex } from "../src/index.ts";
import { indexDirectory, indexPaths, readIndex, writeIndex } from "../src/node/index.ts";
import { rejection, thrown } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);
/** More than any platform holds in one piece, and less than file systems allow: a sparse file takes no room. */
const HUGE = 2 ** 43;
const TEXT = `{\n  "a": "${A}",\n  "b/c": "${B}"\n}\n`;

describe("indexPaths", () => {
  test("lie beside the directory, however it is written", () => {
    const expected = { directory: "/x/data", index: "/x/data.INDEX", checksum: "/x/data.CHECKSUM" };
    for (const form of ["/x/data", "/x/data/", "/x/./y/../data//"]) expect(indexPaths(form)).toEqual(expected);
    const here = indexPaths(".");
    expect(here.directory).toBe(process.cwd());
    expect(here.index).toBe(`${process.cwd()}.INDEX`);
  });

  test("a root has nothing beside it", () => {
    for (const root of ["/", "//", "/x/.."]) expect(thrown(() => indexPaths(root)).code).toBe("INVALID_ARGUMENT");
  });
});

describe("an index file that is not canonical", () => {
  test.each([
    ["comments", `# mine\n${TEXT}`],
    ["blank lines", `\n${TEXT}\n`],
    ["no final newline", TEXT.trimEnd()],
    ["other white space", JSON.stringify(JSON.parse(TEXT))],
    ["Windows line ends", TEXT.replaceAll("\n", "\r\n")],
    ["another order", `{\n  "b/c": "${B}",\n  "a": "${A}"\n}\n`],
    ["an escape that is not needed", TEXT.replace('"a"', '"\\u0061"')],
  ])("%s: the directory has the checksum of the canonical one", async (_, text) => {
    const file = join(tempDir(), "x.INDEX");
    writeFileSync(file, text);
    const index = await readIndex(file);
    expect(Buffer.from(index.buffer).toString()).toBe(TEXT);
    expect(index.checksum.equals(Checksum.of(Buffer.from(TEXT)))).toBe(true);
    expect(index.fileChecksum.equals(Checksum.of(Buffer.from(text)))).toBe(true);
    await writeIndex(file, index);
    expect(readFileSync(file, "utf8")).toBe(TEXT);
  });

  test("of many entries, one that differs only at the end of a batch", async () => {
    const file = join(tempDir(), "x.INDEX");
    const entries = Array.from({ length: 8192 }, (_, i) => [`${String(i).padStart(5, "0")}`, A] as const);
    const whole = Buffer.from(serializeIndex(entries));
    for (const [bytes, canonical] of [
      [whole, true],
      [Buffer.concat([whole, Buffer.from("\n")]), false],
      [Buffer.concat([whole.subarray(0, -3), Buffer.from("\n\n}\n")]), false],
    ] as const) {
      writeFileSync(file, bytes);
      const { checksum, fileChecksum } = await readIndex(file);
      expect([checksum.equals(Checksum.of(whole)), checksum.equals(fileChecksum)]).toEqual([true, canonical]);
    }
  });

  test("may have no more files than the limit", async () => {
    const file = join(tempDir(), "x.INDEX");
    writeFileSync(file, TEXT);
    expect((await readIndex(file, { maxEntries: 2 })).entries.size).toBe(2);
    expect(await rejection(readIndex(file, { maxEntries: 1 }))).toMatchObject({ code: "TOO_LARGE", file });
  });
});

describe("writeIndex and readIndex", () => {
  const dict = { "b/c": B, a: A };
  const made = serializeIndex(Object.entries(dict));
  test.each<[string, Parameters<typeof writeIndex>[1]]>([
    ["a dict", dict],
    ["pairs", Object.entries(dict)],
    ["a Map", new Map<string, ChecksumLike>(Object.entries(dict))],
    [
      "a generator",
      (function* () {
        yield* Object.entries(dict);
      })(),
    ],
    ["uppercase hex and bytes", { a: A.toUpperCase(), "b/c": new Checksum(B).bytes() }],
    ["an index as it was made", { entries: new Map([["a", new Checksum(A)]]), buffer: made }],
  ])("from %s", async (_, source) => {
    const path = join(tempDir(), "data.INDEX");
    const checksum = await writeIndex(path, source);
    expect(readFileSync(path, "utf8")).toBe(TEXT);
    expect(checksum.equals(Checksum.of(Buffer.from(TEXT)))).toBe(true);
    expect(readFileSync(path.replace("INDEX", "CHECKSUM"), "utf8")).toBe(`${checksum.hex()}\n`);
    const read = await readIndex(path);
    expect([...read.entries].map(([name, checksum]) => [name, checksum.hex()])).toEqual([
      ["a", A],
      ["b/c", B],
    ]);
    expect(Buffer.from(read.buffer).toString()).toBe(TEXT);
    expect(read.checksum.equals(checksum)).toBe(true);
  });

  test("an index that was read is written as one is written, and one that was made byte by byte", async () => {
    const folder = tempDir();
    const spaced = `{"a":"${A}"}`;
    writeFileSync(join(folder, "other.INDEX"), spaced);
    await writeIndex(join(folder, "copy"), await readIndex(join(folder, "other")));
    expect(readFileSync(join(folder, "copy.INDEX"), "utf8")).toBe(`{\n  "a": "${A}"\n}\n`);
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data/file"), "x");
    const found = await indexDirectory(join(folder, "data"));
    expect((await writeIndex(join(folder, "data"), found)).equals(found.checksum)).toBe(true);
    expect((await readIndex(join(folder, "data"))).checksum.equals(found.checksum)).toBe(true);
  });

  test("files may be named as the parts of an index are", async () => {
    const path = join(tempDir(), "data");
    await writeIndex(path, { entries: A, buffer: B });
    expect([...(await readIndex(path)).entries.keys()]).toEqual(["buffer", "entries"]);
  });

  test("the extension is appended when missing; nothing else appears", async () => {
    const folder = tempDir();
    await writeIndex(join(folder, "data"), {});
    await writeIndex(join(folder, "more.INDEX"), {});
    expect(readdirSync(folder).sort()).toEqual(["data.CHECKSUM", "data.INDEX", "more.CHECKSUM", "more.INDEX"]);
    expect((await readIndex(join(folder, "data"))).entries.size).toBe(0);
  });

  test("entries that an index cannot hold: nothing is written", async () => {
    const folder = tempDir();
    expect(await rejection(writeIndex(join(folder, "x"), { "../a": A }))).toMatchObject({ code: "INVALID_NAME" });
    expect(await rejection(writeIndex(join(folder, "x"), { a: "no" }))).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("aborted: nothing is written", async () => {
    const folder = tempDir();
    const reason = new Error("enough");
    expect(await rejection(writeIndex(join(folder, "x"), {}, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a folder that is not there", async () => {
    const path = join(tempDir(), "missing/data");
    expect(await rejection(writeIndex(path, {}))).toMatchObject({ code: "NOT_FOUND", file: `${path}.INDEX` });
  });
});

describe("readIndex refuses", () => {
  test("a bad index, by name and offset", async () => {
    const path = join(tempDir(), "data.INDEX");
    writeFileSync(path, `{"/etc/passwd": "${A}"}`);
    const error = await rejection(readIndex(path));
    expect(error).toMatchObject({ name: "SeamlessError", code: "INVALID_INDEX", offset: 1, file: path });
    expect(error.message).toContain(basename(path));
    expect(error.message).toContain('"/etc/passwd"');
  });

  test("what is missing, no file, empty or too large", async () => {
    const folder = tempDir();
    mkdirSync(join(folder, "dir.INDEX"));
    symlinkSync("nowhere", join(folder, "dangling.INDEX"));
    writeFileSync(join(folder, "empty.INDEX"), "");
    writeFileSync(join(folder, "huge.INDEX"), "");
    truncateSync(join(folder, "huge.INDEX"), HUGE);
    expect(statSync(join(folder, "huge.INDEX")).size).toBe(HUGE);
    for (const [name, code] of [
      ["missing", "NOT_FOUND"],
      ["dangling", "NOT_FOUND"],
      ["dir", "NOT_A_FILE"],
      ["empty", "INVALID_INDEX"],
      ["huge", "TOO_LARGE"],
    ]) {
      const file = join(folder, `${name}.INDEX`);
      expect(await rejection(readIndex(join(folder, name!)))).toMatchObject({ name: "SeamlessError", code, file });
    }
  });
});
