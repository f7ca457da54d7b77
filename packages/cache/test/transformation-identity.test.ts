import { Buffer, CELLTYPES, type Celltype } from "@seamless/celltypes";
import { Checksum, isSeamlessError } from "@seamless/checksum";
import { thrown } from "@seamless/internal/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Transformation, type TransformationSpec } from "../src/transformations/transformation.ts";
import { int } from "./support/lab.ts";

const one = int(1).getChecksum();

test("the canonical form is plain, and has a checksum", () => {
  const inputs = { x: { checksum: one, celltype: "int" } } as const;
  const transformation = new Transformation({ function: "increment", inputs, output: "float" });
  const text = `{
  "function": "increment",
  "inputs": {
    "x": {
      "celltype": "int",
      "checksum": "${one.hex()}"
    }
  },
  "output": "float"
}
`;
  expect(new TextDecoder().decode(transformation.toBuffer().content)).toBe(text);
  expect(transformation.getChecksum()).toEqual(new Buffer(text, "text").getChecksum());
});

test("the order of the inputs and the form of a checksum do not matter; everything else does", () => {
  const base: TransformationSpec = {
    function: "f",
    inputs: { a: { checksum: one, celltype: "int" }, b: { checksum: one, celltype: "str" } },
    output: "int",
  };
  const same: TransformationSpec = {
    output: "int",
    inputs: {
      b: { celltype: "str", checksum: one.hex().toUpperCase() },
      a: { celltype: "int", checksum: one.bytes() },
    },
    function: "f",
  };
  const key = (spec: TransformationSpec) => new Transformation(spec).getChecksum().hex();
  expect(key(same)).toBe(key(base));
  const others: TransformationSpec[] = [
    { ...base, function: "g" },
    { ...base, output: "float" },
    { ...base, inputs: {} },
    { ...base, inputs: { ...base.inputs, a: { checksum: one, celltype: "float" } } },
    { ...base, inputs: { ...base.inputs, a: { checksum: Checksum.of(new Uint8Array()), celltype: "int" } } },
    { ...base, inputs: { ...base.inputs, c: { checksum: one, celltype: "int" } } },
  ];
  expect(new Set([base, ...others].map(key)).size).toBe(others.length + 1);
});

const celltype = fc.constantFrom(...CELLTYPES);
const name = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "ü", "\u{1f600}", "10", "9"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }),
);
const checksum = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => new Checksum(bytes));
const input = fc.record({ checksum, celltype });

test("any transformation survives its canonical form", () => {
  fc.assert(
    fc.property(name, fc.array(fc.tuple(name, input), { maxLength: 6 }), celltype, (fn, entries, output) => {
      const inputs = Object.fromEntries(entries) as TransformationSpec["inputs"];
      const transformation = new Transformation({ function: fn, inputs, output });
      const again = Transformation.parse(transformation.toBuffer().content);
      expect(again).toEqual(transformation);
      expect(again.getChecksum()).toEqual(transformation.getChecksum());
      expect(Object.keys(again.inputs).sort()).toEqual([...new Set(entries.map(([key]) => key))].sort());
    }),
  );
});

test("it cannot be changed", () => {
  const inputs = { x: { checksum: one, celltype: "int" as Celltype } };
  const transformation = new Transformation({ function: "f", inputs, output: "int" });
  inputs.x.celltype = "str";
  expect(transformation.inputs["x"]?.celltype).toBe("int");
  for (const part of [transformation, transformation.inputs, transformation.inputs["x"]]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

describe("refused", () => {
  const good = { function: "f", inputs: {}, output: "int" };
  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["a list", []],
    ["no function", { ...good, function: undefined }],
    ["an empty name", { ...good, function: "" }],
    ["no inputs", { ...good, inputs: undefined }],
    ["a list of inputs", { ...good, inputs: [] }],
    ["an input that is a checksum", { ...good, inputs: { x: one } }],
    ["an input without checksum", { ...good, inputs: { x: { celltype: "int" } } }],
    ["an input with a wrong checksum", { ...good, inputs: { x: { checksum: "abc", celltype: "int" } } }],
    ["an input without celltype", { ...good, inputs: { x: { checksum: one } } }],
    ["an unknown celltype", { ...good, inputs: { x: { checksum: one, celltype: "integer" } } }],
    ["an inherited celltype", { ...good, output: "toString" }],
  ])("%s", (_, spec) => {
    const error = thrown(() => new Transformation(spec as TransformationSpec));
    expect(isSeamlessError(error, "INVALID_ARGUMENT")).toBe(true);
  });

  test("the message names the input", () => {
    const inputs = { weight: { checksum: "abc", celltype: "int" } } as const;
    const error = thrown(() => new Transformation({ function: "f", inputs, output: "int" }));
    expect(String(error)).toMatch(/"weight".*"abc"/);
  });

  test("names that JSON has no form for", () => {
    const error = thrown(() => new Transformation({ function: "\ud800", inputs: {}, output: "int" }));
    expect(isSeamlessError(error, "INVALID_VALUE")).toBe(true);
  });

  test("more than 1 MiB", () => {
    const error = thrown(() => new Transformation({ function: "f".repeat(2 ** 20), inputs: {}, output: "int" }));
    expect(isSeamlessError(error, "TOO_LARGE")).toBe(true);
  });
});

test.each([
  ["nothing", ""],
  ["no JSON", "{"],
  ["another value", "[]\n"],
  ["other white space", '{"function": "f", "inputs": {}, "output": "int"}\n'],
  ["one field more", '{\n  "extra": 1,\n  "function": "f",\n  "inputs": {},\n  "output": "int"\n}\n'],
  ["no final newline", '{\n  "function": "f",\n  "inputs": {},\n  "output": "int"\n}'],
])("not a canonical form: %s", (_, text) => {
  const error = thrown(() => Transformation.parse(new TextEncoder().encode(text)));
  expect(isSeamlessError(error, "INVALID_BUFFER")).toBe(true);
});
