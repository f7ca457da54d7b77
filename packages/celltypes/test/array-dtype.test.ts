import { describe, expect, it } from "vitest";
import { descrOf, parseDescr } from "../src/array/dtype.ts";

const refuse = (message: string) => new Error(message);
const parse = (descr: unknown) => parseDescr(descr, refuse);

/** What NumPy 2's `dtype_to_descr(descr_to_dtype(…))` makes of it, and the size. */
const CANONICAL: [unknown, unknown, number][] = [
  ["<f8", "<f8", 8],
  ["f8", "<f8", 8],
  ["=i4", "<i4", 4],
  ["|i4", "<i4", 4],
  [">i2", ">i2", 2],
  [">u1", "|u1", 1],
  ["<b1", "|b1", 1],
  [">S5", "|S5", 5],
  ["S05", "|S5", 5],
  ["<V4", "|V4", 4],
  ["|S0", "|S0", 0],
  ["<U0", "<U0", 0],
  [">U3", ">U3", 12],
  ["<c16", "<c16", 16],
  ["<M8", "<M8", 8],
  ["<M8[generic]", "<M8", 8],
  ["<M8[1s]", "<M8[s]", 8],
  ["<m8[25s]", "<m8[25s]", 8],
  [">M8[μs]", ">M8[us]", 8],
  ["<M8[2147483647as]", "<M8[2147483647as]", 8],
  ["S2147483647", "|S2147483647", 2147483647],
  [[], [], 0],
  [[["", "|V4"]], [["", "|V4"]], 4],
  [[["", "<i4"]], [["", "<i4"]], 4],
  [[["", "|S3"]], [["", "|S3"]], 3],
  [[["", "<i4", [2]]], [["", "|V8"]], 8],
  [
    [
      ["a", "<i4"],
      ["", "|V1"],
      ["", "|V2"],
    ],
    [
      ["a", "<i4"],
      ["", "|V3"],
    ],
    7,
  ],
  [
    [
      ["", "|V0"],
      ["a", "<i4"],
    ],
    [["a", "<i4"]],
    4,
  ],
  [[["a", "<i4", []]], [["a", "<i4"]], 4],
  [[["a", "<i4", 3]], [["a", "<i4", [3]]], 12],
  [[["a", "<i4", [1]]], [["a", "<i4", [1]]], 4],
  [[["a", "<i4", [0]]], [["a", "<i4", [0]]], 0],
  [[["a", ["<i4", [2]]]], [["a", "<i4", [2]]], 8],
  [[["a", ["<i4", [2]], [3]]], [["a", ["<i4", [2]], [3]]], 24],
  [[["a", [["b", "<i4"]], [2]]], [["a", [["b", "<i4"]], [2]]], 8],
  [[["a", []]], [["a", []]], 0],
  [[["a", "|V3"]], [["a", "|V3"]], 3],
];

describe("a descr", () => {
  it.each(CANONICAL)("%j is %j", (given, canonical, itemsize) => {
    const dtype = parse(given);
    expect(descrOf(dtype)).toEqual(canonical);
    expect(dtype.itemsize).toBe(itemsize);
    expect(descrOf(parse(canonical))).toEqual(canonical);
  });

  it("gives fields their offsets, around padding and sub-arrays", () => {
    const dtype = parse([
      ["a", "|i1"],
      ["", "|V3"],
      ["b", "<f4", [2, 2]],
      ["c", [["x", ">i2"]]],
    ]);
    expect(dtype).toMatchObject({
      kind: "struct",
      itemsize: 22,
      fields: [
        { name: "a", offset: 0 },
        { name: "b", offset: 4, dtype: { kind: "subarray", shape: [2, 2], itemsize: 16 } },
        { name: "c", offset: 20, dtype: { fields: [{ name: "x", dtype: { littleEndian: false } }] } },
      ],
    });
  });

  it("is frozen throughout", () => {
    const descr = descrOf(parse([["a", [["b", "<i4", [2]]]]])) as unknown as unknown[][][];
    expect(Object.isFrozen(descr) && Object.isFrozen(descr[0])).toBe(true);
    expect(Object.isFrozen(descr[0]?.[1]) && Object.isFrozen(descr[0]?.[1]?.[0])).toBe(true);
  });

  const WRONG: [unknown, RegExp][] = [
    ["|O", /Python objects/],
    ["O", /Python objects/],
    [[["a", "|O"]], /Python objects/],
    ["", /is not a dtype/],
    ["<q9", /is not a dtype/],
    ["<i3", /is not a dtype/],
    ["<f12", /is not a dtype/],
    ["<M4", /is not a dtype/],
    ["<M8[B]", /is not a dtype/],
    ["<M8[0s]", /is not a dtype/],
    ["<M8[2147483648s]", /is not a dtype/],
    ["<M8[ns]x", /is not a dtype/],
    ["<f8\n", /is not a dtype/],
    ["S-1", /is not a dtype/],
    ["S2147483648", /bytes/],
    ["U536870912", /bytes/],
    [`S${"9".repeat(1000)}`, /bytes/],
    [["<i4", [2]], /sub-array/],
    [
      [
        ["a", "<i4"],
        ["a", "<i4"],
      ],
      /two fields/,
    ],
    [
      [
        ["", "<i4"],
        ["", "<i4"],
      ],
      /two fields/,
    ],
    [[[["title", "a"], "<i4"]], /titles/],
    [[[1, "<i4"]], /name/],
    [[["a"]], /a field is/],
    [[["a", "<i4", [1], 2]], /a field is/],
    [[["a", "<i4", [-1]]], /length of an axis/],
    [[["a", "<i4", [1.5]]], /length of an axis/],
    [[["a", "<i4", "2"]], /a shape is/],
    [[["a", "<i4", new Array(65).fill(1)]], /64 axes/],
    [[["a", "|V1", [2 ** 31]]], /bytes/],
    [[["a", "|V1", new Array(64).fill(2 ** 31 - 1)]], /large/],
    [[["a", "|V1", [0, ...new Array(63).fill(2 ** 31 - 1)]]], /large/],
    [
      [
        ["a", "|V1", [2 ** 30]],
        ["b", "|V1", [2 ** 30]],
      ],
      /bytes/,
    ],
    [null, /dtype is/],
    [8, /dtype is/],
    [{ a: "<i4" }, /dtype is/],
  ];
  it.each(WRONG)("%j is refused", (descr, message) => {
    expect(() => parse(descr)).toThrow(message);
  });

  it("is refused where Python could not read it back: 100 structs deep", () => {
    const nest = (levels: number): unknown => (levels === 0 ? "<i4" : [["a", nest(levels - 1)]]);
    expect(parse(nest(99)).itemsize).toBe(4);
    expect(() => parse(nest(100))).toThrow(/too deeply/);
    const cyclic: unknown[] = [];
    cyclic.push(["a", cyclic]);
    expect(() => parse(cyclic)).toThrow(/too deeply/);
  });
});
