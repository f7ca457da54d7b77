import { expect, test } from "vitest";
import { loadCodeSupport, NdArray, parse, serialize } from "../src/index.ts";
import { parseYaml } from "../src/yaml/index.ts";

const LONG = "9".repeat(4301);

test.each([
  ["int of text", () => serialize(LONG, "int")],
  ["int of text with a sign and separators", () => serialize(` -${LONG.slice(1)}_9 `, "int")],
  ["YAML", () => parseYaml(LONG)],
  ["YAML, negative", () => parseYaml(`a: -${LONG}`)],
  ["YAML, base 60", () => parseYaml(`${LONG}:30`)],
])("over 4,300 digits: the message names the limit (%s)", (_, read) => {
  expect(read).toThrow(/over 4300 digits/);
});

test.each([
  ["&a &b key: 1", "a second anchor for one node"],
  ["!!str !!int key: 1", "a second tag for one node"],
  ["&a !!str &b key: 1", "a second anchor for one node"],
  ["k: &a &b 1", "a second anchor for one node"],
  ["[!!str !!str 1]", "a second tag for one node"],
])("%s: %s", (text, message) => {
  expect(() => parseYaml(text)).toThrow(message);
});

test.each(["str", "int", "float", "bool"] as const)("a list or a dict is no %s, however deep", (celltype) => {
  const read = (text: string) => () => parse(new TextEncoder().encode(text), celltype);
  for (const text of ["[1]", "[[1], 2]", " [", "[[["])
    expect(read(text)).toThrow(celltype === "bool" ? /expected/ : /found a list/);
  for (const text of ['{"a": 1}', '\n{"a": [{}]}'])
    expect(read(text)).toThrow(celltype === "bool" ? /expected/ : /found a dict/);
});

test("what has no place in an array is named as in Python", () => {
  expect(() => NdArray.from([{ a: 1 }])).toThrow("a dict has no place in an array");
  expect(() => NdArray.from([new Map()])).toThrow("a dict has no place in an array");
  expect(() => NdArray.from([null])).toThrow("null has no place in an array");
});

test("what is no integer at all is not said to be a long one", () => {
  expect(() => serialize("x".repeat(5000), "int")).toThrow(/neither an integer/);
  expect(parse(serialize(LONG.slice(1), "text"), "text")).toBe(LONG.slice(1));
});

test("where code is wrong is what its parser says, or not said", async () => {
  await loadCodeSupport();
  const read = (celltype: "python" | "ipython") => () => parse(new TextEncoder().encode("y = 1\nx = )"), celltype);
  expect(read("python")).toThrow(
    expect.objectContaining({
      code: "INVALID_BUFFER",
      message: "cannot read this buffer as python: this is not valid Python: invalid syntax: ) (line 2, column 5)",
      line: 2,
      column: 5,
    }),
  );
  expect(read("python")).toThrow(expect.not.objectContaining({ offset: expect.anything() }));
  // What is parsed of a cell is not its text.
  expect(read("ipython")).toThrow(
    expect.objectContaining({ message: "cannot read this buffer as ipython: this does not convert to valid Python" }),
  );
});
