import { NdArray, parse, serialize } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Nodes } from "../src/value/nodes.ts";
import { preferred } from "../src/value/preferred.ts";
import { TextLines } from "../src/value/text-lines.ts";
import { canOpen, closed, extended, opened, parentOf, type Row, topRow } from "../src/value/tree-rows.ts";

const lossless = (text: string) => parse(new TextEncoder().encode(text), "plain", { lossless: true });

test("a node says what a value is, in one short line", () => {
  const nodes = new Nodes(
    lossless('{"a": 1, "b": 1.0, "c": "x\\n", "d": [1], "e": {}, "f": null, "g": true, "h": 12345678901234567890}'),
  );
  const top = nodes.top();
  expect(top).toMatchObject({ kind: "dict", text: "8 keys", size: 8, key: undefined });
  expect(nodes.children(top.id, 0, 100).map(({ key, kind, text }) => `${key} ${kind} ${text}`)).toEqual([
    "a integer 1",
    "b float 1.0",
    'c string "x\\n"',
    "d list 1 item",
    "e dict 0 keys",
    "f null null",
    "g boolean true",
    "h integer 12345678901234567890",
  ]);
  const checksum = Checksum.of(new Uint8Array());
  expect(new Nodes(checksum).top()).toMatchObject({ kind: "checksum", text: checksum.hex() });
});

test("long strings are cut off, and their length is told", () => {
  const top = new Nodes("x".repeat(10_000)).top();
  expect(top.text.length).toBeLessThan(210);
  expect(top.length).toBe(10_000);
});

test("arrays in a mixed value are nodes of their own", () => {
  const value = { levels: new NdArray(new Float32Array([1, 2])), unit: "m" };
  const nodes = new Nodes(parse(serialize(value, "mixed"), "mixed", { lossless: true }));
  const [levels] = nodes.children(nodes.top().id, 0, 10);
  expect(levels).toMatchObject({ key: "levels", kind: "array", text: "<f4 (2,)", array: { views: ["line", "table"] } });
  expect((nodes.value(levels!.id) as NdArray).toArray()).toEqual([1, 2]);
});

test("keys that look like something else are keys", () => {
  const nodes = new Nodes(lossless('{"__proto__": 1, "constructor": 2, "2": 3, "1": 4}'));
  expect(nodes.children(nodes.top().id, 0, 10).map(({ key }) => key)).toEqual(["__proto__", "constructor", "2", "1"]);
});

test("opening a part again makes nothing new", () => {
  const nodes = new Nodes([[1, 2, 3]]);
  const { id } = nodes.top();
  expect(nodes.children(id, 0, 10)).toBe(nodes.children(id, 0, 10));
});

/** Opens rows at random, as a user would, and keeps what a tree must have. */
test("however rows are opened and closed, each stands below what it is a part of", () => {
  const nodes = new Nodes(lossless(JSON.stringify(Array.from({ length: 5 }, (_, i) => ({ i, list: [[i], i] })))));
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 40 }), (choices) => {
      let rows: readonly Row[] = [topRow(nodes.top())];
      for (const choice of choices) {
        const at = choice % rows.length;
        const row = rows[at]!;
        const before = rows;
        if (!("node" in row)) rows = extended(rows, at, nodes.children(row.of, row.start, 2));
        else if (row.isOpen) rows = closed(rows, at);
        else if (canOpen(row)) rows = opened(rows, at, nodes.children(row.node.id, 0, 2));
        if ("node" in row && row.isOpen) expect(rows.length).toBeLessThan(before.length);
        for (const [i, each] of rows.entries()) {
          const above = rows[parentOf(rows, i)]!;
          expect(each.level).toBe(i === 0 ? 1 : above.level + 1);
          if (i > 0) expect("node" in above && above.isOpen && above.node.size === each.setSize).toBe(true);
        }
      }
    }),
  );
});

test("a list is opened a page at a time, and its rows know their places", () => {
  const nodes = new Nodes(Array.from({ length: 5 }, (_, i) => i));
  const top = nodes.top();
  let rows = opened([topRow(top)], 0, nodes.children(top.id, 0, 2));
  expect(rows.at(-1)).toEqual({ of: top.id, level: 2, start: 2, setSize: 5 });
  rows = extended(rows, 3, nodes.children(top.id, 2, 3));
  expect(rows.slice(1).map((row) => ("node" in row ? [row.position, row.node.text] : row))).toEqual([
    [1, "0"],
    [2, "1"],
    [3, "2"],
    [4, "3"],
    [5, "4"],
  ]);
});

test("lines of a text", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "\n", "é") }), (text) => {
      const lines = new TextLines(text);
      expect(lines.lines(0, Infinity).map((line) => line.text)).toEqual(text.split("\n"));
      expect(lines.count).toBe(text.split("\n").length);
    }),
  );
  const many = new TextLines(Array.from({ length: 5_000 }, (_, i) => i).join("\n"));
  for (const start of [0, 511, 512, 1_000, 4_998, 5_000, 9_000]) {
    const expected = Array.from({ length: 3 }, (_, i) => String(start + i)).filter((line) => Number(line) < 5_000);
    expect(many.lines(start, 3).map((line) => line.text)).toEqual(expected);
  }
  expect(new TextLines("x".repeat(5_000)).lines(0, 1)).toEqual([{ text: "x".repeat(2_000), more: 3_000 }]);
});

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const ALL = new Set(["binary", "mixed", "text", "python", "plain", "yaml", "int", "bytes", "checksum"] as const);

test.each([
  [{ celltype: "int", name: "typed", head: bytes("42\n") }, "int"],
  [{ name: "a.json", head: bytes("\x93NUMPY\x01") }, "binary"],
  [{ name: "a", head: bytes("\x94SEAMLESS-MIXED") }, "mixed"],
  [{ name: "A.PY", head: bytes("x = 1") }, "python"],
  [{ name: "a.yml", head: bytes("{}") }, "yaml"],
  [{ name: "a.constructor", head: bytes("{}") }, "plain"],
  [{ name: "yaml", head: bytes("{}") }, "plain"],
] as const)("%j is shown as %s", (about, celltype) => {
  expect(preferred(about, ALL)).toBe(celltype);
});

test("what cannot be read is not what it is shown as", () => {
  expect(preferred({ name: "a.py", head: bytes("(") }, new Set(["text", "bytes"]))).toBe("text");
  expect(preferred({ name: "a.npy", head: bytes("\x93NUMPY") }, new Set(["bytes"]))).toBe("bytes");
});
