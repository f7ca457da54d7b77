import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  orjsonFloat,
  pythonFloat,
  pythonFloat16,
  pythonFloat32,
  pythonStr,
  shortestHalf,
  shortestSingle,
} from "../src/numbers/notation.ts";
import { parsePythonFloat, parsePythonInt } from "../src/numbers/parse.ts";
import { Float } from "../src/values.ts";

test.each<[number, string, string]>([
  [0, "0.0", "0.0"],
  [-0, "-0.0", "-0.0"],
  [1, "1.0", "1.0"],
  [1e15, "1000000000000000.0", "1000000000000000.0"],
  [1e16, "1e16", "1e+16"],
  [123456789012345680, "1.2345678901234568e17", "1.2345678901234568e+17"],
  [1e22, "1e22", "1e+22"],
  [0.0001, "0.0001", "0.0001"],
  [0.00001, "0.00001", "1e-05"],
  [0.0000123, "0.0000123", "1.23e-05"],
  [1e-6, "1e-6", "1e-06"],
  [1.5e-7, "1.5e-7", "1.5e-07"],
  [5e-324, "5e-324", "5e-324"],
  [1.7976931348623157e308, "1.7976931348623157e308", "1.7976931348623157e+308"],
])("%d is %s to orjson and %s to Python", (x, orjson, python) => {
  expect(orjsonFloat(x)).toBe(orjson);
  expect(pythonFloat(x)).toBe(python);
});

test("both notations read back as the same double", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      expect(Number(orjsonFloat(x))).toBe(x);
      expect(Number(pythonFloat(x))).toBe(x);
    }),
    { numRuns: 5000 },
  );
});

test("Python's str() of scalars", () => {
  expect([true, false, 5, 2n ** 70n, 1.5, -0, new Float(3), 2 ** 60].map(pythonStr)).toEqual([
    "True",
    "False",
    "5",
    "1180591620717411303424",
    "1.5",
    "-0.0",
    "3.0",
    "1.152921504606847e+18",
  ]);
});

describe("the digits of narrow floats", () => {
  test.each<[number, string]>([
    [Math.fround(0.1), "0.1"],
    [Math.fround(3.14159274), "3.1415927"],
    [Math.fround(16777216), "16777216.0"],
    [Math.fround(1e-45), "1e-45"],
    [Math.fround(3.4028235e38), "3.4028235e+38"],
    [Math.fround(1.17549435e-38), "1.1754944e-38"],
    [2 ** -44, "5.684342e-14"],
    [Math.fround(8.41e21), "8.41e+21"],
    [169081.625, "169081.62"],
    [Math.fround(1e-4), "1e-04"],
    [Math.fround(1e16), "1e+16"],
  ])("float32 %d is %s", (x, text) => {
    expect(pythonFloat32(x)).toBe(text);
  });

  test.each<[number, string]>([
    [0.0999755859375, "0.1"],
    [65504, "65500.0"],
    [2 ** -24, "6e-08"],
    [0.333251953125, "0.3333"],
    [2048, "2048.0"],
    // In the middle between two, the even digit.
    [0.15625, "0.1562"],
  ])("float16 %d is %s", (x, text) => {
    expect(pythonFloat16(x)).toBe(text);
  });

  test("read back as the same narrow float, and no shorter digits do", () => {
    const single = fc.float({ noNaN: true, noDefaultInfinity: true, noInteger: false });
    fc.assert(
      fc.property(single, (x) => {
        const digits = shortestSingle(x);
        expect(Math.fround(digits)).toBe(x);
        expect(x === 0 || Number(digits.toExponential(8)) === digits).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(shortestHalf(Infinity)).toBe(Infinity);
    expect(shortestSingle(Number.NaN)).toBeNaN();
  });
});

describe("what Python reads", () => {
  test.each<[string, bigint | undefined]>([
    ["12", 12n],
    ["  -1_000\n", -1000n],
    ["+7", 7n],
    ["007", 7n],
    ["٣", 3n],
    ["1__0", undefined],
    ["_1", undefined],
    ["1_", undefined],
    ["0x10", undefined],
    ["1.0", undefined],
    ["", undefined],
    ["9".repeat(4301), undefined],
    ["5\x1c", undefined],
    ["\u20035\x85", 5n],
  ])("int(%j)", (text, value) => {
    expect(parsePythonInt(text)).toBe(value);
  });

  test.each<[string, number | undefined]>([
    ["1.5", 1.5],
    [" 1. ", 1],
    [".5", 0.5],
    ["1_0.0_1e1_0", 10.01e10],
    ["1e5", 1e5],
    ["-0", -0],
    ["inf", undefined],
    ["nan", undefined],
    ["1e400", undefined],
    ["0x1p3", undefined],
    [".", undefined],
    ["1 2", undefined],
  ])("float(%j)", (text, value) => {
    expect(parsePythonFloat(text)).toBe(value);
  });

  test("long text is refused in linear time", () => {
    expect(parsePythonFloat(`${"1_".repeat(500_000)}x`)).toBeUndefined();
    expect(parsePythonInt(`${" ".repeat(1_000_000)}x`)).toBeUndefined();
  });
});
