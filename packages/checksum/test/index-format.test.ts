import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { compareCodePoints } from "@seamless/internal/code-points";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { serializeSorted } from "../src/directory-index.ts";
import { Checksum, parseIndex, serializeIndex } from "../src/index.ts";
import { indexDirectory } from "../src/node/index.ts";
import { hex, indexPath } from "./support/arbitraries.ts";
import { thrown } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";
import { indexVectors } from "./support/vectors.ts";

const A = "a".repeat(64);
const text = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
const bytes = (content: string) => new TextEncoder().encode(content);

describe.each(indexVectors())("vector $id", ({ files, index, checksum }) => {
  test("a real folder has this index", async () => {
    const folder = tempDir();
    for (const [path, content] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const found = await indexDirectory(folder);
    expect(text(found.buffer)).toBe(text(index));
    expect(found.checksum.hex()).toBe(checksum);
    expect([...found.entries.keys()]).toEqual([...parseIndex(index).keys()]);
    expect(found.bytes).toBe(files.reduce((sum, [, content]) => sum + content.byteLength, 0));
  });

  test("is what it is made from, read or written", () => {
    const entries = files.map(([path, content]) => [path, Checksum.of(content)] as const);
    expect(text(serializeIndex(entries))).toBe(text(index));
    const parsed = parseIndex(index);
    expect(parsed.size).toBe(files.length);
    for (const [path, expected] of entries) expect(parsed.get(path)!.hex()).toBe(expected.hex());
    expect(Checksum.of(index).hex()).toBe(checksum);
  });
});

test("the vectors are there", () => {
  expect(indexVectors().length).toBeGreaterThanOrEqual(7);
});

test("what is written is read again, whatever the paths", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(indexPath, hex), { selector: ([path]) => path, maxLength: 12 }), (entries) => {
      const written = serializeIndex(entries);
      const read = parseIndex(written);
      expect([...read.keys()]).toEqual(entries.map(([path]) => path).sort(compareCodePoints));
      for (const [path, digits] of entries) expect(read.get(path)!.hex()).toBe(digits);
      // The same dict as any other JSON reader sees it.
      expect(new Map(Object.entries(JSON.parse(text(written))))).toEqual(new Map(entries));
      expect(serializeIndex([...read].reverse())).toEqual(written);
    }),
    { numRuns: 500 },
  );
});

test("a path may be __proto__", () => {
  const entries: [string, string][] = [
    ["__proto__", A],
    ["constructor/__proto__", A],
  ];
  expect([...parseIndex(serializeIndex(entries)).keys()]).toEqual(["__proto__", "constructor/__proto__"]);
});

test("more entries than one batch of the writer", () => {
  for (const count of [1, 4095, 4096, 4097, 8192]) {
    const entries = Array.from({ length: count }, (_, i) => [String(i).padStart(5, "0"), A] as const);
    const written = text(serializeIndex(entries));
    expect(written).toBe(`${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`);
    expect(parseIndex(bytes(written)).size).toBe(count);
  }
});

test("checksums are taken in any form and written in lowercase", () => {
  const forms = [A.toUpperCase(), new Checksum(A), new Checksum(A).bytes()];
  for (const form of forms) expect(text(serializeIndex([["f", form]]))).toBe(`{\n  "f": "${A}"\n}\n`);
});

describe("serializeIndex refuses", () => {
  test.each([
    ["an empty path", ""],
    ["an absolute path", "/etc/passwd"],
    ["a way up", "a/../../b"],
    ["a way up alone", ".."],
    ["this folder", "./a"],
    ["an empty part", "a//b"],
    ["a final slash", "a/"],
    ["a NUL", "a\0b"],
    ["a lone surrogate", "a\ud800"],
  ])("%s", (_, path) => {
    const error = thrown(() =>
      serializeIndex([
        ["fine", A],
        [path, A],
      ]),
    );
    expect(error).toMatchObject({ name: "SeamlessError", code: "INVALID_NAME" });
    expect(error.message).toContain(JSON.stringify(path));
  });

  test("a path that comes twice", () => {
    const error = thrown(() =>
      serializeIndex([
        ["b", A],
        ["a", A],
        ["b", A],
      ]),
    );
    expect(error.code).toBe("INVALID_NAME");
    expect(error.message).toContain('"b" comes twice');
  });

  test("what is no checksum", () => {
    expect(thrown(() => serializeIndex([["a", "x"]])).code).toBe("INVALID_ARGUMENT");
  });
});

test("any white space between the tokens is read", () => {
  const spaced = ` \t\r\n{ "a"\n:\t"${A}"\r,\n\n"b" :"${A}" } \n `;
  expect([...parseIndex(bytes(spaced)).keys()]).toEqual(["a", "b"]);
  expect(parseIndex(bytes("{}")).size).toBe(0);
  expect(parseIndex(bytes(`{"a":"${A}"}`)).size).toBe(1);
});

test("lines that begin with # are no part of it, wherever they stand between the tokens", () => {
  const commented = `# one\n \t#{\n{\r# "z": "${A}",\r\n"a":\n#\n"${A}",\n\n  # more\n"#b\\n#": "${A}"\n#}\n}\n#the end`;
  expect([...parseIndex(bytes(commented)).keys()]).toEqual(["a", "#b\n#"]);
});

test("no more files are read than the limit", () => {
  const text = bytes(`{"a": "${A}", "b": "${A}", "c": "${A}", not looked at`);
  for (const maxEntries of [0, 1, 2]) {
    const error = thrown(() => parseIndex(text, "x.INDEX", { maxEntries }));
    expect(error).toMatchObject({ code: "TOO_LARGE", file: "x.INDEX" });
    expect(error.message).toBe(`x.INDEX is too large: the limit is ${maxEntries} files`);
  }
  expect(parseIndex(bytes(`{"a": "${A}"}`), undefined, { maxEntries: 1 }).size).toBe(1);
  for (const maxEntries of [-1, Number.NaN, "x"]) {
    expect(thrown(() => parseIndex(text, "x", { maxEntries: maxEntries as number })).code).toBe("INVALID_ARGUMENT");
  }
});

test("escapes are read", () => {
  const escaped = `{"\\u0061\\/\\ud83d\\ude00\\n\\"": "\\u0061${A.slice(1)}"}`;
  expect(parseIndex(bytes(escaped)).get('a/\u{1f600}\n"')!.hex()).toBe(A);
});

test("an index is not made of fewer checksums than paths", () => {
  expect(() => serializeSorted(["a.txt", "b.txt"], () => ["0".repeat(64)])).toThrow("not all values");
});
