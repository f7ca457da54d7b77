import { NdArray, parse, serialize } from "@seamless/celltypes";
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeArray, numbersOf, tableOf } from "../src/value/arrays.ts";
import { colorAt, colorGrid } from "../src/value/colors.ts";
import { showExtent } from "../src/value/extents.ts";
import { extentOf, gridOf, lineOf, pictureOf } from "../src/value/plots.ts";

const numbers = (count: number) => Float64Array.from({ length: count }, (_, i) => i);
const ALL = { leading: [], row: 0, column: 0, rows: 100, columns: 100 };

test.each([
  [new NdArray(numbers(6)), "<f8 (6,)", ["line", "table"]],
  [new NdArray(numbers(6), { shape: [2, 3] }), "<f8 (2, 3)", ["heat map", "table"]],
  [new NdArray(numbers(6), { shape: [1, 6] }), "<f8 (1, 6)", ["line", "table"]],
  [new NdArray(numbers(12), { shape: [2, 2, 3] }), "<f8 (2, 2, 3)", ["table", "picture"]],
  [
    new NdArray(Float32Array.of(0, 0.5, 1, 0, 0, 0, 1, 1, 1, 0, 0, Number.NaN), { shape: [2, 2, 3] }),
    "<f4 (2, 2, 3)",
    ["table", "picture"],
  ],
  [
    new NdArray(
      numbers(12).map((value) => value / 11),
      { shape: [2, 2, 3] },
    ),
    "<f8 (2, 2, 3)",
    ["picture", "table"],
  ],
  [
    new NdArray(
      numbers(900_000).map((_, i) => Number(i > 450_000) * 2),
      { shape: [500, 600, 3] },
    ),
    "<f8 (500, 600, 3)",
    ["table", "picture"],
  ],
  [new NdArray(new Uint8Array(16), { shape: [2, 2, 4] }), "|u1 (2, 2, 4)", ["picture", "table"]],
  [new NdArray(new Int32Array(12), { shape: [2, 2, 3] }), "<i4 (2, 2, 3)", ["table"]],
  [new NdArray(numbers(8), { shape: [2, 2, 2] }), "<f8 (2, 2, 2)", ["table"]],
  [new NdArray(numbers(1), { shape: [] }), "<f8 ()", ["table"]],
  [new NdArray(new Uint8Array(32), { descr: "<c16" }), "<c16 (2,)", ["table"]],
  [NdArray.from(["a", "bc"]), "<U2 (2,)", ["table"]],
])("an array is looked at as suits it: %s", (array, type, views) => {
  expect(describeArray(array)).toMatchObject({ type, views });
});

test("a table has the last two axes, at an index of the others", () => {
  const array = new NdArray(numbers(24), { shape: [2, 3, 4] });
  expect(tableOf(array, { leading: [1], row: 1, column: 2, rows: 2, columns: 2 })).toEqual({
    rowCount: 3,
    columnCount: 4,
    head: ["2", "3"],
    cells: [
      ["18.0", "19.0"],
      ["22.0", "23.0"],
    ],
  });
});

test("a table shows what the array has, whatever its axes and order", () => {
  const arrays = fc.record({
    shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 }),
    fortranOrder: fc.boolean(),
  });
  fc.assert(
    fc.property(arrays, fc.nat(), (options, seed) => {
      const { shape } = options;
      const array = new NdArray(Int16Array.from(numbers(shape.reduce((a, b) => a * b))), options);
      const leading = shape.slice(0, -2).map((length, axis) => (seed >> axis) % length);
      const part = leading.reduce<unknown>((list, index) => (list as unknown[])[index], array.toArray());
      expect(tableOf(array, { ...ALL, leading }).cells).toEqual((part as number[][]).map((row) => row.map(String)));
    }),
  );
});

test("one axis is a column, no axes one cell, and records have a column for each field", () => {
  expect(tableOf(new NdArray(new Uint8Array([7, 8])), ALL).cells).toEqual([["7"], ["8"]]);
  expect(tableOf(new NdArray(new Uint8Array([7]), { shape: [] }), ALL).cells).toEqual([["7"]]);
  const records = new NdArray(new Uint8Array([1, 2, 0, 3, 4, 0]), {
    descr: [
      ["x", "|u1"],
      ["y", "<u2"],
    ],
    shape: [2],
  });
  expect(tableOf(records, ALL)).toMatchObject({
    columnCount: 2,
    head: ["x", "y"],
    cells: [
      ["1", "2"],
      ["3", "4"],
    ],
  });
  expect(tableOf(records, { ...ALL, column: 1 }).cells).toEqual([["2"], ["4"]]);
});

test("elements are written as Python writes them, and never too long", () => {
  const cell = (array: NdArray) => tableOf(array, ALL).cells[0]![0]!;
  expect(cell(new NdArray(new Float32Array([0.1])))).toBe("0.1");
  expect(cell(new NdArray(new Float64Array([Number.NaN])))).toBe("nan");
  expect(cell(new NdArray(new BigInt64Array([2n ** 60n])))).toBe("1152921504606846976");
  expect(cell(new NdArray(new Uint8Array([1]), { descr: "|b1" }))).toBe("true");
  expect(cell(new NdArray(new Uint8Array(new Float64Array([1, -2]).buffer), { descr: "<c16" }))).toBe("[1,-2]");
  expect(cell(new NdArray(new Uint8Array([1, 171]), { descr: "|V2" }))).toBe("01 ab");
  expect(cell(NdArray.from(["x".repeat(1000)]))).toHaveLength(61);
  expect(() => tableOf(new NdArray(new Uint8Array(16), { descr: "<f16" }), ALL)).toThrow("long doubles");
});

test.each(["|b1", "|i1", "<u2", ">i4", "<i8", ">u8", "<f2", "<f4", ">f8"])("numbers of %s", (descr) => {
  const itemsize = Number(descr.slice(2));
  const bytes = new Uint8Array(2 * itemsize);
  bytes[descr.startsWith(">") ? itemsize - 1 : 0] = 1;
  const array = new NdArray(bytes, { descr });
  expect(Array.from(numbersOf(array))).toEqual((array.toArray() as unknown[]).map(Number));
});

test("what is known of an array is what was read from its buffer", () => {
  const array = parse(serialize(new NdArray(numbers(6), { shape: [2, 3] }), "binary"), "binary")!;
  expect(tableOf(array, ALL).cells[1]).toEqual(["3.0", "4.0", "5.0"]);
});

test("a long line keeps its least and most, its ends and its gaps", () => {
  const values = Float64Array.from({ length: 100_000 }, (_, i) => Math.sin(i / 100));
  values[50_000] = 99;
  values[70_000] = -99;
  const { x, y, extent } = lineOf(values, 500);
  expect(x.length).toBeLessThanOrEqual(1000);
  expect(y[x.indexOf(50_000)]).toBe(99);
  expect(y[x.indexOf(70_000)]).toBe(-99);
  expect(x.every((at, i) => i === 0 || at > x[i - 1]!)).toBe(true);
  expect(extent).toMatchObject({ least: -99, most: 99, notFinite: 0 });
  expect(lineOf([1, Number.NaN, 3], 500)).toMatchObject({ x: [0, 1, 2], y: [1, null, 3] });
  expect(lineOf(new Float64Array(5_000).fill(Number.NaN), 500).y.every((each) => each === null)).toBe(true);
});

test("a large grid has the means of what its cells stand for", () => {
  expect(gridOf(numbers(16), 4, 4, 2)).toMatchObject({
    width: 2,
    height: 2,
    cells: Float64Array.of(2.5, 4.5, 10.5, 12.5),
    extent: { least: 0, most: 15, mean: 7.5 },
  });
  expect(gridOf([1, Number.NaN], 1, 2, 9).cells).toEqual(Float64Array.of(1, Number.NaN));
});

test("pictures: bytes as they are, floats from 0 to 1, opacity only if there is one", () => {
  expect([...pictureOf([1, 2, 3], [1, 1, 3], "u1", 9).pixels]).toEqual([1, 2, 3, 255]);
  expect([...pictureOf([1, 2, 3, 4], [1, 1, 4], "u1", 9).pixels]).toEqual([1, 2, 3, 4]);
  expect([...pictureOf([0, 0.5, 2], [1, 1, 3], "f4", 9).pixels]).toEqual([0, 128, 255, 255]);
  expect([...pictureOf([65_535, 0, 257], [1, 1, 3], "u2", 9).pixels]).toEqual([255, 0, 1, 255]);
  expect(pictureOf([0, 0.5, 2, -1, 1, Number.NaN], [1, 2, 3], "f4", 9).clipped).toBe(3);
  expect(pictureOf([255, 0, 2], [1, 1, 3], "u1", 9).clipped).toBe(0);
  expect(pictureOf(new Uint8Array(30 * 20 * 3), [30, 20, 3], "u1", 10)).toMatchObject({ width: 7, height: 10 });
});

test("extents are said in words", () => {
  expect(showExtent(extentOf([1, 2, Infinity]))).toBe("From 1 to 2, with a mean of 1.5. 1 are NaN or infinite.");
  expect(showExtent(extentOf([Number.NaN]))).toBe("No number is finite.");
});

test("colours grow lighter, and what is not finite has none", () => {
  const light = Array.from({ length: 50 }, (_, i) => {
    const [red, green, blue] = colorAt(i / 49);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  expect(light.every((each, i) => i === 0 || each > light[i - 1]!)).toBe(true);
  const pixels = colorGrid(Float64Array.of(0, Number.NaN, 2), 0, 2);
  expect([pixels[3], pixels[7], pixels[11]]).toEqual([255, 0, 255]);
  expect([...pixels.subarray(8, 11)]).toEqual([...colorAt(1)]);
});
