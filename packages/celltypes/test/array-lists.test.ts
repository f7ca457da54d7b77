import { describe, expect, it } from "vitest";
import type { Descr } from "../src/array/dtype.ts";
import { NdArray } from "../src/array/ndarray.ts";

function read(bytes: ArrayLike<number> | ArrayBufferView, descr: Descr, shape?: number[]): unknown {
  const data = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Uint8Array.from(bytes);
  return new NdArray(data, shape === undefined ? { descr } : { descr, shape }).toArray();
}

describe("toArray", () => {
  it("gives numbers, and bigints where a number would not be exact", () => {
    expect(read([0, 1, 2], "|b1")).toEqual([false, true, true]);
    expect(read([0xff, 0xfe], "<i2")).toEqual([-257]);
    expect(read([0xff, 0xfe], ">i2")).toEqual([-2]);
    expect(read(BigInt64Array.of(5n, -(2n ** 53n), 2n ** 53n - 1n), "<i8")).toEqual([5, -(2n ** 53n), 2 ** 53 - 1]);
    expect(read(BigUint64Array.of(2n ** 64n - 1n), "<u8")).toEqual([2n ** 64n - 1n]);
    expect(read(Float32Array.of(0.1), "<f4")).toEqual([Math.fround(0.1)]);
    expect(read(Float64Array.of(1, -2.5), "<c16")).toEqual([[1, -2.5]]);
  });

  it("gives float16", () => {
    const bits = Uint16Array.of(0x3c00, 0x8000, 0x0001, 0x7bff, 0x7c00, 0xfc00, 0x7e01, 0x3555);
    const [one, zero, tiny, most, infinity, minus, nan, third] = read(bits, "<f2") as number[];
    expect([one, zero, tiny, most, infinity, minus]).toEqual([1, -0, 2 ** -24, 65504, Infinity, -Infinity]);
    expect([nan, third]).toEqual([Number.NaN, 0.333251953125]);
  });

  it("gives strings without the NULs that pad them", () => {
    expect(read([97, 0, 98, 0, 0], "|S5")).toEqual(["a\0b"]);
    expect(read([0xc3, 0xa9, 0], "|S3")).toEqual(["é"]);
    expect(read([0xe9, 0x80, 0], "|S3")).toEqual(["é\x80"]);
    expect(read([0xef, 0xbb, 0xbf, 97], "|S4")).toEqual(["\ufeffa"]);
    expect(read(Uint32Array.of(0x1f600, 0, 0x61, 0), "<U4")).toEqual(["😀\0a"]);
    expect(read([0, 0, 0, 97, 0, 0, 0, 0], ">U2")).toEqual(["a"]);
    expect(read(Uint32Array.of(0xd800), "<U1")).toEqual(["\ud800"]);
    expect(() => read(Uint32Array.of(0x110000), "<U1")).toThrow(expect.objectContaining({ code: "INVALID_VALUE" }));
    expect(read([], "<U0", [2])).toEqual(["", ""]);
  });

  // As NumPy 2.4 prints them.
  it.each([
    ["Y", -1971n, "-001"],
    ["Y", 10_000n, "11970"],
    ["M", -1n, "1969-12"],
    ["3M", 1_234_567n, "310611-10"],
    ["W", 1_234_567n, "25630-11-28"],
    ["2W", -1n, "1969-12-18"],
    ["D", -1_234_567n, "-1411-11-14"],
    ["D", 11_016n, "2000-02-29"],
    ["D", 2n ** 62n, "12626367463885247-04-15"],
    ["h", -1n, "1969-12-31T23"],
    ["15m", 1_234_567n, "2005-03-18T01:45"],
    ["s", 10n ** 15n, "31690708-07-05T01:46:40"],
    ["25s", -1n, "1969-12-31T23:59:35"],
    ["ms", -1_234_567n, "1969-12-31T23:39:25.433"],
    ["10us", -1n, "1969-12-31T23:59:59.999990"],
    ["ns", 2n ** 62n, "2116-02-20T23:53:38.427387904"],
    ["ps", 1n, "1970-01-01T00:00:00.000000000001"],
    ["fs", -1n, "1969-12-31T23:59:59.999999999999999"],
    ["as", 2n ** 62n, "1970-01-01T00:00:04.611686018427387904"],
  ])("gives datetime64[%s] %s as %s", (unit, ticks, shown) => {
    expect(read(BigInt64Array.of(ticks, -(2n ** 63n)), `<M8[${unit}]`)).toEqual([shown, "NaT"]);
  });

  it("gives spans of time, and times without a unit, as numbers", () => {
    const ticks = BigInt64Array.of(5n, 2n ** 60n, -(2n ** 63n));
    expect(read(ticks, "<m8[25s]")).toEqual([5, 2n ** 60n, "NaT"]);
    expect(read(ticks, "<M8")).toEqual([5, 2n ** 60n, "NaT"]);
  });

  it("gives structs as objects, without their padding", () => {
    const descr = [
      ["a", "|u1"],
      ["", "|V2"],
      ["b", "|u1", [2, 2]],
      ["c", [["d", "|V2"]]],
      ["__proto__", "|i1"],
    ] as const;
    const [record] = read([1, 9, 9, 2, 3, 4, 5, 6, 7, 8], descr) as Record<string, unknown>[];
    expect(record).toMatchObject({
      a: 1,
      b: [
        [2, 3],
        [4, 5],
      ],
      c: { d: Uint8Array.of(6, 7) },
    });
    expect(Object.getOwnPropertyDescriptor(record, "__proto__")?.value).toBe(8);
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
    expect(Object.keys(record ?? {})).toEqual(["a", "b", "c", "__proto__"]);
  });

  it("gives sub-arrays of sub-arrays", () => {
    expect(read([1, 2, 3, 4, 5, 6], [["a", ["|u1", [2]], [3]]])).toEqual([
      {
        a: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      },
    ]);
  });

  it("nests by axis, in either order", () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
    expect(read(data, "|u1", [2, 3])).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(new NdArray(data, { shape: [2, 3], fortranOrder: true }).toArray()).toEqual([
      [1, 3, 5],
      [2, 4, 6],
    ]);
    expect(read([], "|u1", [2, 0, 3])).toEqual([[], []]);
    expect(read([7], "|u1", [])).toBe(7);
    expect(JSON.stringify(read([7], "|u1", new Array(64).fill(1)))).toBe("[".repeat(64) + 7 + "]".repeat(64));
  });

  it("does not make millions of lists of nothing", () => {
    const tooLarge = expect.objectContaining({ code: "TOO_LARGE" });
    expect(() => read([], "|u1", [10 ** 9, 0])).toThrow(tooLarge);
    expect(() => read([], "|V0", [10 ** 5, 10 ** 5])).toThrow(tooLarge);
    expect(() => read([], [["a", "|u1", [10 ** 9, 0]]], [1])).toThrow(tooLarge);
    expect(() =>
      read(new Uint8Array(1000), [
        ["x", "|u1"],
        ["a", "|V0", [10 ** 6]],
      ]),
    ).toThrow(tooLarge);
    const fields = Array.from({ length: 10_000 }, (_, i) => [`f${i}`, "|V0"] as const);
    expect(() => read([], fields, [10_000])).toThrow(tooLarge);
    expect(() => read(new Uint8Array(10_000), [...fields, ["x", "|u1"]])).toThrow(tooLarge);
    expect(read([], "|u1", [1000, 0])).toHaveLength(1000);
    expect(
      read(new Uint8Array(2 ** 21), [
        ["x", "|u1"],
        ["e", "<i4", [0]],
      ]),
    ).toHaveLength(2 ** 21);
  });

  it("refuses axes too long for a JavaScript array", () => {
    expect(() => read(new Uint8Array(2 ** 26 + 1), "|u1")).toThrow(expect.objectContaining({ code: "TOO_LARGE" }));
  });
});
