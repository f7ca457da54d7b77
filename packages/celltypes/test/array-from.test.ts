import { Checksum } from "@seamless/checksum";
import { describe, expect, it } from "vitest";
import { NdArray } from "../src/array/ndarray.ts";
import { Float } from "../src/values.ts";

const big = 2n ** 63n;

/** What `np.array` of NumPy 2.4 makes of them. */
const MADE: [unknown, string, number[]][] = [
  [[1, 2], "<i8", [2]],
  [[1, -0], "<f8", [2]],
  [[1, new Float(2)], "<f8", [2]],
  [[2 ** 53], "<f8", [1]],
  [[Number.NaN, 1], "<f8", [2]],
  [[big], "<u8", [1]],
  [[big - 1n, -big], "<i8", [2]],
  [[big, 1], "<f8", [2]],
  [[big, -1], "<f8", [2]],
  [[big, 1.5], "<f8", [2]],
  [[true, big], "<u8", [2]],
  [[true, big, 1], "<f8", [3]],
  [[true, 2], "<i8", [2]],
  [[1.5, true], "<f8", [2]],
  [[true, false], "|b1", [2]],
  [["", ""], "<U1", [2]],
  [["ab", "😀"], "<U2", [2]],
  [["\ud800"], "<U1", [1]],
  [["a\0"], "<U2", [1]],
  [["", true], "<U5", [2]],
  [["toolong", true], "<U7", [2]],
  [["a", 1], "<U21", [2]],
  [[true, 1, "a"], "<U21", [3]],
  [["x".repeat(40), 1], "<U40", [2]],
  [["a", big], "<U20", [2]],
  [[true, big, "a"], "<U20", [3]],
  [["a", 1.5], "<U32", [2]],
  [["a", 1, 1.5], "<U32", [3]],
  [[big, 1, "a"], "<U32", [3]],
  // The one case in which the order counts.
  [[big, "a", 1], "<U21", [3]],
  [["a", 1, big], "<U21", [3]],
  [[], "<f8", [0]],
  [[[], []], "<f8", [2, 0]],
  [[[[]], [[]]], "<f8", [2, 1, 0]],
  [[[1], [2], [3]], "<i8", [3, 1]],
  [5, "<i8", []],
  [5n, "<i8", []],
  [new Float(5), "<f8", []],
  [true, "|b1", []],
  ["", "<U1", []],
];

describe("NdArray.from", () => {
  it.each(MADE)("%o is %s", (value, descr, shape) => {
    expect(NdArray.from(value)).toMatchObject({ descr, shape });
  });

  it("keeps values", () => {
    const same = (value: unknown) => expect(NdArray.from(value).toArray()).toEqual(value);
    same([0, 1, -1, 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 32, -(2 ** 32), -(2 ** 31)]);
    same([0.5, -0, Number.NaN, Infinity, 1e300, 5e-324]);
    same([big, 2n ** 64n - 1n]);
    same([-big, big - 1n]);
    same([
      ["a", "é"],
      ["😀", "\ud800"],
    ]);
    same([[true], [false]]);
    expect(NdArray.from([true, 1.5]).toArray()).toEqual([1, 1.5]);
    expect(NdArray.from([big, -1, true]).toArray()).toEqual([2 ** 63, -1, 1]);
    expect(NdArray.from([2n ** 63n + 1025n, 0]).toArray()).toEqual([2 ** 63 + 2048, 0]);
  });

  it("writes numbers beside strings as Python does", () => {
    const mixed = [true, 1, big, 1.5, new Float(1), 1e16, 1e-5, Number.NaN, -Infinity, "x"];
    const text = ["True", "1", String(big), "1.5", "1.0", "1e+16", "1e-05", "nan", "-inf", "x"];
    expect(NdArray.from(mixed).toArray()).toEqual(text);
  });

  it("takes arrays and typed arrays as they are", () => {
    const typed = Float32Array.of(1, 2);
    const array = NdArray.from(typed);
    expect(array.descr).toBe("<f4");
    expect(array.bytes().buffer).toBe(typed.buffer);
    expect(NdArray.from(array)).toBe(array);
  });

  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const WRONG: [string, unknown, (string | number)[]][] = [
    ["unequal lists", [[1], [1, 2]], [1]],
    ["a list beside a number", [1, [2]], [1]],
    ["a number beside a list", [[1], 2], [1]],
    ["a string beside a list", [["a", "b"], "ab"], [1]],
    ["lists of unequal depth", [[], [[]]], [1]],
    ["null", [[null]], [0, 0]],
    ["null alone", null, []],
    ["undefined", [1, undefined], [1]],
    // biome-ignore lint/suspicious/noSparseArray: it is what is tested
    ["a hole", [1, , 2], [1]],
    // biome-ignore lint/suspicious/noSparseArray: it is what is tested
    ["a hole between lists", [[1], , [2]], [1]],
    ["a dict", [{}], [0]],
    ["a Map", [new Map()], [0]],
    ["a checksum", [new Checksum("0".repeat(64))], [0]],
    ["an array", [NdArray.from(1)], [0]],
    ["a typed array", [new Float64Array(1)], [0]],
    ["bytes", [new Uint8Array(1)], [0]],
    ["a function", [() => 1], [0]],
    ["a symbol", [Symbol("x")], [0]],
    ["an integer over 64 bits", [1, [2n ** 64n]].flat(), [1]],
    ["one below", ["a", -(2n ** 63n) - 1n], [1]],
    ["a cycle", cyclic, []],
  ];
  it.each(WRONG)("refuses %s", (_, value, path) => {
    expect(() => NdArray.from(value)).toThrow(expect.objectContaining({ code: "INVALID_VALUE", path }));
  });

  it("takes 64 axes and no more", () => {
    const nest = (value: unknown, levels: number): unknown => (levels === 0 ? value : [nest(value, levels - 1)]);
    expect(NdArray.from(nest(1, 64)).shape).toHaveLength(64);
    expect(NdArray.from(nest([], 63)).shape).toHaveLength(64);
    const invalid = expect.objectContaining({ code: "INVALID_VALUE" });
    expect(() => NdArray.from(nest(1, 65))).toThrow(invalid);
    expect(() => NdArray.from(nest(1, 100_000 / 20))).toThrow(invalid);
  });

  it("refuses lists that claim to be enormous by being in each other many times", () => {
    let list: unknown[] = [1, 1];
    for (let i = 0; i < 60; i++) list = [list, list];
    expect(() => NdArray.from(list)).toThrow(expect.objectContaining({ code: "TOO_LARGE" }));
    let empty: unknown[] = [];
    for (let i = 0; i < 60; i++) empty = [empty, empty];
    expect(() => NdArray.from(empty)).toThrow(expect.objectContaining({ code: "TOO_LARGE" }));
  });
});
