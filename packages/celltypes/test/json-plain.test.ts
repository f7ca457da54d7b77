import { isSeamlessError, type SeamlessError } from "@seamless/checksum";
import { utf8 } from "@seamless/internal/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writePlainJson } from "../src/codecs/plain.ts";
import { parseJson } from "../src/json/parse.ts";
import { JsonParser } from "../src/json/parser.ts";
import { orjsonFloat } from "../src/numbers/notation.ts";
import { Float } from "../src/values.ts";

const write = (value: unknown) => new TextDecoder().decode(writePlainJson(value));
const read = (text: string | Uint8Array, lossless = false) =>
  parseJson(typeof text === "string" ? utf8(text) : text, { lossless, dialect: "plain", maxDepth: 1024 });

function fault(work: () => unknown): SeamlessError {
  try {
    work();
  } catch (error) {
    if (isSeamlessError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("writing", () => {
  test.each<[string, unknown, (string | number)[]]>([
    ["undefined", { a: [1, undefined] }, ["a", 1]],
    // biome-ignore lint/suspicious/noSparseArray: holes are what is tested
    ["a hole", { a: [1, , 2] }, ["a", 1]],
    ["a function", { f() {} }, ["f"]],
    ["a symbol", [Symbol("s")], [0]],
    ["a Date", { at: { x: new Date(0) } }, ["at", "x"]],
    ["a class instance", [new (class Point {})()], [0]],
    ["a Set", [new Set([1])], [0]],
    ["NaN", { a: { b: Number.NaN } }, ["a", "b"]],
    ["infinity", [[Infinity]], [0, 0]],
    ["a lone surrogate", { a: "\ud800" }, ["a"]],
    ["a key with a lone surrogate", { "\udc00": 1 }, ["\udc00"]],
    ["an integer over 64 bits", [2n ** 64n], [0]],
    ["an integer under 64 bits", [-(2n ** 63n) - 1n], [0]],
    ["bytes", { a: new Uint8Array(2) }, ["a"]],
    ["a typed array", { a: new Float64Array(2) }, ["a"]],
  ])("%s is an error with the path to it", (_, value, path) => {
    expect(fault(() => writePlainJson(value))).toMatchObject({ code: "INVALID_VALUE", path });
  });

  test("keys that are no strings are errors", () => {
    expect(fault(() => writePlainJson([{ [Symbol("s")]: 1 }]))).toMatchObject({ code: "INVALID_VALUE", path: [0] });
    expect(fault(() => writePlainJson(new Map([[1, 1]])))).toMatchObject({ code: "INVALID_VALUE", path: [] });
  });

  describe("numbers, however many they are and however they are written", () => {
    const decimal = fc
      .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.nat(9))
      .map(([digits, places]) => digits / 10 ** places);
    const float = fc.oneof(decimal, fc.double({ noNaN: true, noDefaultInfinity: true }));
    const digitsOf = (x: number) => (Number.isSafeInteger(x) && !Object.is(x, -0) ? String(x) : orjsonFloat(x));

    test("floats", () => {
      fc.assert(
        fc.property(float, (x) => {
          expect(write(new Float(x))).toBe(`${orjsonFloat(x)}\n`);
        }),
        { numRuns: 20_000 },
      );
    });

    test.each([1, 2, 5, 6])("lists, %i deep", (depth) => {
      const indent = "  ".repeat(depth);
      fc.assert(
        fc.property(
          fc.array(fc.oneof({ weight: 20, arbitrary: float }, fc.integer()), { maxLength: 60 }),
          (numbers) => {
            const nested = Array.from({ length: depth - 1 }).reduce<unknown>((inner) => [inner], numbers);
            if (numbers.length === 0) return;
            const lines = numbers.map((x) => `${indent}${digitsOf(x)}`).join(",\n");
            expect(write(nested)).toContain(`[\n${lines}\n${indent.slice(2)}]`);
          },
        ),
        { numRuns: 500 },
      );
    });

    test("lists that are longer than what is written at once", () => {
      const numbers = Array.from({ length: 10_000 }, (_, i) => (i % 5000 === 4999 ? 1e-7 : i / 8));
      expect(write(numbers)).toBe(`[\n${numbers.map((x) => `  ${digitsOf(x)}`).join(",\n")}\n]\n`);
    });

    test("what is wrong among many is found where it is", () => {
      const numbers: unknown[] = Array.from({ length: 100 }, (_, i) => i / 2);
      for (const [i, wrong] of [Number.NaN, Infinity, undefined, 2n ** 64n].entries()) {
        const list = numbers.with(50 + i, wrong);
        expect(fault(() => writePlainJson({ list }))).toMatchObject({ code: "INVALID_VALUE", path: ["list", 50 + i] });
      }
    });

    test("nothing is asked of toJSON", () => {
      const patched = Array.prototype as { toJSON?: unknown };
      patched.toJSON = () => "wrong";
      try {
        expect(write(Array.from({ length: 20 }, () => 0.5))).toContain("  0.5,\n");
      } finally {
        delete patched.toJSON;
      }
    });
  });

  test("nesting ends at 254 levels, and a cycle there", () => {
    const nest = (levels: number) => Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 1);
    expect(write(nest(254))).toContain("1");
    expect(fault(() => writePlainJson(nest(255)))).toMatchObject({ code: "INVALID_VALUE" });
    const nestEmpty = (levels: number) => Array.from({ length: levels - 1 }).reduce<unknown>((inner) => [inner], []);
    expect(write(nestEmpty(254))).toContain("[]");
    expect(fault(() => writePlainJson(nestEmpty(255)))).toMatchObject({ code: "INVALID_VALUE" });
    expect(fault(() => writePlainJson(nest(100_000)))).toMatchObject({ code: "INVALID_VALUE" });
    const cycle: unknown[] = [];
    cycle.push(cycle, cycle);
    expect(fault(() => writePlainJson(cycle)).message).toMatch(/contains itself/);
  });

  test("keys are sorted by code point, and __proto__ is one of them", () => {
    const dict = Object.fromEntries(["😀", "\ue000", "b", "10", "9", "é"].map((key) => [key, 0]));
    expect([...write(dict).matchAll(/"(.+)":/g)].map(([, key]) => key)).toEqual(["10", "9", "b", "é", "\ue000", "😀"]);
    expect(write(JSON.parse('{"__proto__": {"a": 1}}'))).toBe('{\n  "__proto__": {\n    "a": 1\n  }\n}\n');
  });

  test("dicts with the same keys one after the other keep their own values", () => {
    const value = [
      { b: 1, a: 2 },
      { b: { b: 3, a: 4 }, a: 5 },
      { a: 6, b: 7 },
    ];
    expect(JSON.parse(write(value))).toEqual(value);
  });
});

describe("reading", () => {
  test.each<[string, number, number, number]>([
    ["", 0, 1, 1],
    ["[1, 2", 5, 1, 6],
    ["[1,]", 3, 1, 4],
    ['{"a" 1}', 5, 1, 6],
    ['{"é": tru}', 7, 1, 7],
    ["[1]\n\n  x", 7, 3, 3],
    ['["a\tb"]', 3, 1, 4],
    ['"\\x"', 1, 1, 2],
    ["01", 0, 1, 1],
    ["1.", 0, 1, 1],
    ["NaN", 0, 1, 1],
    ["\ufeff1", 0, 1, 1],
    ["[1e400]", 1, 1, 2],
    ['["\\ud800"]', 1, 1, 2],
  ])("%j fails at byte %i, line %i, column %i", (text, offset, line, column) => {
    for (const lossless of [false, true]) {
      expect(fault(() => read(text, lossless))).toMatchObject({ code: "INVALID_BUFFER", offset, line, column });
    }
  });

  test.each<[number[], number]>([
    [[0x22, 0xff, 0x22], 1],
    [[0x22, 0x61, 0xc3, 0x22], 2],
    [[0x22, 0xed, 0xa0, 0x80, 0x22], 1],
    [[0x22, 0xf0, 0x9f, 0x98], 1],
    [[0x80], 0],
  ])("bytes %j are not UTF-8 at byte %i", (bytes, offset) => {
    expect(fault(() => read(new Uint8Array(bytes)))).toMatchObject({ code: "INVALID_BUFFER", offset });
  });

  test("numbers", () => {
    expect(read("[1, 1.0, -0, -0.0, 9007199254740993, 1e2, 18446744073709551615, 18446744073709551616]")).toEqual([
      1,
      1,
      0,
      -0,
      9007199254740993n,
      100,
      18446744073709551615n,
      18446744073709552000,
    ]);
    expect(read("[1, 1.0, -0]", true)).toEqual([1, new Float(1), 0]);
  });

  test("the last of two equal keys wins, and __proto__ is an own key", () => {
    const value = read('{"a": 1, "__proto__": {"x": 1}, "a": 9007199254740993}') as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(["a", "__proto__"]);
    expect(value["a"]).toBe(9007199254740993n);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect([...(read('{"b": 1, "a": 2, "b": 3}', true) as Map<string, unknown>)]).toEqual([
      ["b", 3],
      ["a", 2],
    ]);
  });

  test("nesting ends at 1,024 levels, without recursion", () => {
    const nest = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
    expect(() => read(nest(1024))).not.toThrow();
    expect(fault(() => read(nest(1025)))).toMatchObject({ code: "INVALID_BUFFER", offset: 1024 });
    expect(fault(() => read(nest(5_000_000)))).toMatchObject({ code: "INVALID_BUFFER" });
    expect(fault(() => read('{"a":'.repeat(100_000)))).toMatchObject({ code: "INVALID_BUFFER" });
  });

  test("both parsers read the same", () => {
    const options = { lossless: false, bigIntegers: false, loneSurrogates: false, maxDepth: 1024, base: 0 };
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(new JsonParser(text, options).parse()).toEqual(read(text));
      }),
      { numRuns: 500 },
    );
  });

  test("read in lossless mode and written again, the same bytes", () => {
    const values = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, true, false),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => new Float(x)),
        fc.string({ unit: "grapheme" }),
        fc.array(tie("value"), { maxLength: 5 }),
        fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(values.value, (value) => {
        const bytes = writePlainJson(value);
        expect(writePlainJson(read(bytes, true))).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  test("of arbitrary and mutated bytes, only our own errors", () => {
    const sample = writePlainJson({ a: [1, 2.5, "é😀", null], b: { c: true } });
    const mutated = fc
      .tuple(fc.nat(sample.length - 1), fc.nat(255))
      .map(([at, byte]) => sample.map((old, i) => (i === at ? byte : old)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), mutated), fc.boolean(), (bytes, lossless) => {
        try {
          read(bytes, lossless);
        } catch (error) {
          expect(isSeamlessError(error)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
