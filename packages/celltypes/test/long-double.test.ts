import { describe, expect, test } from "vitest";
import { NdArray, parse, serialize } from "../src/index.ts";
import { fault } from "./support/yaml-faults.ts";

const memory = Uint8Array.from({ length: 96 }, (_, i) => (i * 37 + 1) % 256);
const make = (descr: NdArray["descr"], shape: number[], bytes = memory) => new NdArray(bytes, { descr, shape });

describe("long doubles", () => {
  test.each([
    ["<f16", [2, 3]],
    [">f16", [6]],
    ["<c32", [3]],
    [">c32", [3, 1]],
  ])("%s keep their bytes, as binary and alone in mixed", (descr, shape) => {
    for (const celltype of ["binary", "mixed"] as const) {
      const array = parse(serialize(make(descr, shape), celltype), celltype) as NdArray;
      expect([array.descr, array.shape, array.bytes()]).toEqual([descr, shape, memory]);
      expect(serialize(array, "bytes")).toEqual(memory);
    }
  });

  test("lie in Fortran order too", () => {
    const fortran = new NdArray(memory, { descr: "<f16", shape: [2, 3], fortranOrder: true });
    const rows = [0, 2, 4, 1, 3, 5].map((at) => memory.subarray(16 * at, 16 * at + 16));
    expect(fortran.bytes()).toEqual(Uint8Array.from(rows.flatMap((row) => [...row])));
  });

  test("have no values, and the error says why", () => {
    const why = /^UNSUPPORTED: .*machine that wrote them/;
    for (const descr of ["<f16", ">f16", "<c32"] as const) {
      expect(fault(() => make(descr, [], memory.subarray(0, descr === "<c32" ? 32 : 16)).toArray())).toMatch(why);
    }
    expect(fault(() => make([["x", "<f16"]], [6]).toArray())).toMatch(why);
    expect(fault(() => make([["x", "<f16", [2]]], [3]).toArray())).toMatch(why);
    expect(make("<f16", [6]).typedArray()).toBeUndefined();
  });

  test("can be printed", () => {
    const inspect = Symbol.for("nodejs.util.inspect.custom") as unknown as "toArray";
    expect(make("<f16", [6])[inspect]()).toBe('NdArray <f16 (6,) ["?", "?", "?", "?", "?", "?"]');
  });

  test("have a form inside a container, aligned as C aligns them", () => {
    const form = (value: unknown) => new TextDecoder("latin1").decode(serialize({ a: value }, "mixed"));
    expect(form(make("<f16", [6]))).toContain('"items": {"type": "number", "bytesize": 16}');
    const struct = make(
      [
        ["c", "|i1"],
        ["", "|V15"],
        ["x", "<f16"],
      ],
      [3],
    );
    const bytes = serialize({ a: struct }, "mixed");
    expect(new TextDecoder("latin1").decode(bytes)).toContain('"bytesize": 32, "order": ["c", "x"]');
    const { a } = parse(bytes, "mixed") as { a: NdArray };
    // Padding bytes are kept as they are.
    expect([a.descr, a.bytes()]).toEqual([struct.descr, memory]);
    expect(serialize({ a }, "mixed")).toEqual(bytes);
  });

  test("have none there if they are complex, big-endian, or not aligned", () => {
    for (const descr of ["<c32", ">f16"] as const) {
      expect(fault(() => serialize([make(descr, [descr === "<c32" ? 3 : 6])], "mixed"))).toMatch(/^INVALID_VALUE/);
    }
    const packed = make(
      [
        ["c", "|V16"],
        ["x", "<f16"],
        ["y", "|i1"],
        ["z", "|V15"],
      ],
      [2],
    );
    expect(fault(() => serialize([packed], "mixed"))).toMatch(/^INVALID_VALUE/);
  });

  test.each(["<f12", "<f10", "<c24", "<f15", "<f17"])("%s is no dtype", (descr) => {
    expect(fault(() => make(descr, [6]))).toMatch(/^INVALID_ARGUMENT/);
  });
});
