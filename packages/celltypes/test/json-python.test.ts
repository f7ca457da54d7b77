import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "../src/json/parse.ts";
import { COMPACT, PRETTY, type PythonLayout, writePythonJson } from "../src/json/python-writer.ts";
import { Float } from "../src/values.ts";
import { toNotation } from "./support/notation.ts";

const text = (value: unknown, layout: PythonLayout) =>
  new TextDecoder().decode(writePythonJson(value, layout).finish());

describe("the two layouts", () => {
  const value = new Map<string, unknown>([
    ["b", [1, new Float(1), [], new Map(), null]],
    ["10", { z: true, a: '\x7fé😀\ud800"\\\n' }],
  ]);

  it("COMPACT is json.dumps(value)", () => {
    expect(text(value, COMPACT)).toBe(
      '{"b": [1, 1.0, [], {}, null], "10": {"z": true, "a": "\\u007f\\u00e9\\ud83d\\ude00\\ud800\\"\\\\\\n"}}',
    );
  });

  it("PRETTY is json.dumps(value, sort_keys=True, indent=2)", () => {
    expect(text({ b: [1, []], a: {}, "10": [[2.5]] }, PRETTY)).toBe(
      '{\n  "10": [\n    [\n      2.5\n    ]\n  ],\n  "a": {},\n  "b": [\n    1,\n    []\n  ]\n}',
    );
  });

  it("sorts by code point, not by UTF-16 unit", () => {
    expect(text({ "😀": 1, "\uffff": 2 }, PRETTY)).toBe('{\n  "\\uffff": 2,\n  "\\ud83d\\ude00": 1\n}');
  });
});

describe("numbers", () => {
  it.each([
    [1e16, "1e+16"],
    [1e-5, "1e-05"],
    [-0, "-0.0"],
    [2 ** 53, "9007199254740992.0"],
    [10n ** 30n, `1${"0".repeat(30)}`],
  ])("%s is %s", (value, expected) => {
    expect(text(value, COMPACT)).toBe(expected);
  });
});

describe("refusals", () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  it.each([
    ["undefined", { a: [undefined] }, ["a", 0]],
    ["a hole", new Array(1), [0]],
    ["a function", [1, () => 1], [1]],
    ["a Date", { d: new Date(0) }, ["d"]],
    ["a class instance", [new (class Foo {})()], [0]],
    ["a symbol", [Symbol("x")], [0]],
    ["a symbol key", [{ [Symbol("x")]: 1 }], [0]],
    ["a Map with another key", [new Map([[1, 2]])], [0]],
    ["bytes", { b: new Uint8Array(1) }, ["b"]],
    ["NaN", [Number.NaN], [0]],
  ])("%s, with the path", (_, value, path) => {
    expect(() => text(value, PRETTY)).toThrow(expect.objectContaining({ code: "INVALID_VALUE", path }));
  });

  it("a cycle", () => {
    expect(() => text(cycle, PRETTY)).toThrow(/contains itself/);
  });

  it("nesting over 1024 levels, and no less", () => {
    const nested = (depth: number) => {
      let value: unknown = 1;
      for (let i = 0; i < depth; i++) value = [value];
      return value;
    };
    expect(text(nested(1024), COMPACT)).toHaveLength(2049);
    expect(() => text(nested(1025), COMPACT)).toThrow(expect.objectContaining({ code: "INVALID_VALUE" }));
    expect(() => text(nested(100_000), COMPACT)).toThrow(expect.objectContaining({ code: "INVALID_VALUE" }));
  });
});

describe("properties", () => {
  const json = fc.jsonValue({ noUnicodeString: false, maxDepth: 5 });

  it("is read back as the same value", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(COMPACT, PRETTY), (value, layout) => {
        const bytes = writePythonJson(value, layout).finish();
        expect(bytes.every((byte) => byte < 0x7f)).toBe(true);
        const read = parseJson(bytes, { lossless: true, dialect: "mixed", maxDepth: 1024 });
        expect(writePythonJson(read, layout).finish()).toEqual(bytes);
        expect(toNotation(parseJson(bytes, { lossless: true, dialect: "mixed", maxDepth: 1024 }))).toEqual(
          toNotation(read),
        );
      }),
    );
  });

  it("escapes any UTF-16 units so that they come back, in strings of any length", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), fc.integer({ min: 1, max: 3 }), (units, repeat) => {
        const value = String.fromCharCode(...units).repeat(repeat * 1000);
        expect(JSON.parse(text(value, COMPACT))).toBe(value);
      }),
      { numRuns: 30 },
    );
  });
});
