import { Checksum } from "@seamless/checksum";
import { describe, expect, it, vi } from "vitest";
import { NdArray } from "../src/array/ndarray.ts";
import { readMixed, writeMixed } from "../src/codecs/mixed.ts";
import { FormTable } from "../src/mixed/form.ts";
import { Float } from "../src/values.ts";

const latin1 = (value: unknown) => String.fromCharCode(...writeMixed(value));
const formOf = (value: unknown) => /mixed-plain....(.*?)\x93SEAMLESS/s.exec(latin1(value))![1]!;
const NUMBER = '{"type": "number", "bytesize": 8, "storage": "pure-binary"}';

describe("forms", () => {
  it("equal but for the order of keys are identical, and the first is written", () => {
    const items = [new Map([["b", Number.NaN], ["a", 1]]), new Map([["a", 2], ["b", Infinity]])]; // biome-ignore format: pairs
    expect(formOf(items)).toBe(
      `{"type": "array", "items": {"type": "object", "properties": {"b": ${NUMBER}, "a": "integer"}, "storage": "mixed-plain"}, "identical": true, "shape": [2]}`,
    );
  });

  it("equal but for the order of keys further down are identical", () => {
    const x = new Map<string, unknown>([["p", [new Map([["b", 1], ["a", 2]])]], ["q", 0]]); // biome-ignore format: pairs
    const y = new Map<string, unknown>([["q", 0], ["p", [new Map([["a", 1], ["b", 2]])]]]); // biome-ignore format: pairs
    expect(formOf([[x, y], Number.NaN])).toContain('"identical": true, "shape": [2]}');
  });

  it("keep their own order of keys where they are not identical", () => {
    const form = formOf([new Map([["b", 1], ["a", 2]]), new Map([["a", 1], ["b", 2]]), Number.NaN]); // biome-ignore format: pairs
    expect(form).toContain('{"b": "integer", "a": "integer"}');
    expect(form).toContain('{"a": "integer", "b": "integer"}');
  });

  it("a number and NaN are not of the same form", () => {
    expect(formOf([1.5, Number.NaN])).toContain(`"items": ["number", ${NUMBER}], "identical": false`);
  });

  it("keys cannot be taken for those of other dicts", () => {
    expect(formOf([new Map([["a1:b", 1]]), new Map([["a", 1]]), Number.NaN])).toContain('"identical": false');
    expect(formOf([[{ "1": 1 }, { "1": 1, "": 1 }], Number.NaN])).toContain('"identical": false, "shape": [2]}, {');
  });

  it("an array of another order or byte size is of another form", () => {
    const c = new NdArray(new Int16Array(4), { shape: [2, 2] });
    const f = new NdArray(new Int16Array(4), { shape: [2, 2], fortranOrder: true });
    expect(formOf([c, f])).toContain('"contiguous": false, "strides": [2, 4]');
    expect(formOf([new Int16Array(2), new Int32Array(2)])).toContain('"identical": false');
  });
});

describe("kinds of values", () => {
  it("typed arrays are arrays, other bytes are bytes, and a checksum is its hex string", () => {
    const checksum = Checksum.of(new Uint8Array());
    const bytes = Uint8Array.of(1, 2, 3);
    const read = (value: unknown) => readMixed(writeMixed(value), { lossless: false }) as unknown[];
    const [u2, b1, b2, b3, hex] = read([
      new Uint16Array([1]),
      bytes,
      bytes.buffer,
      new DataView(bytes.buffer, 1),
      checksum,
    ]);
    expect((u2 as NdArray).descr).toBe("<u2");
    expect([b1, b2, b3].map((b) => (b as NdArray).descr)).toEqual(["|S3", "|S3", "|S2"]);
    expect((b3 as NdArray).bytes()).toEqual(Uint8Array.of(2, 3));
    expect(hex).toBe(checksum.hex());
  });

  it("every NaN is the same NaN", () => {
    const odd = new Float64Array(new BigUint64Array([0xfff8000000000123n]).buffer)[0];
    expect(writeMixed(odd)).toEqual(writeMixed(Number.NaN));
    expect(writeMixed([odd])).toEqual(writeMixed([new Float(Number.NaN)]));
  });
});

describe("refusals", () => {
  const cycle: Record<string, unknown> = { bytes: new Uint8Array(1) };
  cycle["a"] = [cycle];
  it.each([
    ["undefined beside bytes", { b: new Uint8Array(1), a: [undefined] }, ["a", 0]],
    ["undefined", { a: [undefined] }, ["a", 0]],
    ["a Date", [new Uint8Array(1), { d: new Date(0) }], [1, "d"]],
    ["a symbol key", [new Uint8Array(1), { [Symbol("x")]: 1 }], [1]],
    ["a Map with another key", [new Uint8Array(1), new Map([[1, 2]])], [1]],
    ["complex numbers", { c: [new NdArray(new Uint8Array(16), { descr: "<c16" })] }, ["c", 0]],
    ["big-endian numbers", [new NdArray(new Uint8Array(8), { descr: ">f8" })], [0]],
    ["big-endian fields", [new NdArray(new Uint8Array(8), { descr: [["x", ">f8"]] })], [0]],
    ["a packed struct", [new NdArray(new Uint8Array(9), { descr: [["a", "|i1"], ["b", "<f8"]] })], [0]], // biome-ignore format: fields
    ["a struct with a hole too many", [new NdArray(new Uint8Array(2), { descr: [["a", "|i1"], ["", "|V1"]] })], [0]], // biome-ignore format: fields
    ["void", [new NdArray(new Uint8Array(2), { descr: "|V2" })], [0]],
    ["U strings", [new NdArray(new Uint8Array(4), { descr: "<U1" })], [0]],
    ["dates", [new NdArray(new Uint8Array(8), { descr: "<M8[s]" })], [0]],
  ])("%s, with the path", (_, value, path) => {
    expect(() => writeMixed(value)).toThrow(expect.objectContaining({ code: "INVALID_VALUE", path }));
  });

  it.each([undefined, () => 1, Symbol("x"), new Date(0)])("%s alone", (value) => {
    expect(() => writeMixed(value)).toThrow(expect.objectContaining({ code: "INVALID_VALUE", path: [] }));
  });

  it("a cycle, also one that branches", () => {
    expect(() => writeMixed(cycle)).toThrow(/contains itself/);
    const branching: unknown[] = [];
    branching.push(branching, branching, new Uint8Array(1));
    expect(() => writeMixed(branching)).toThrow(/contains itself/);
  });

  it("a value that changes while it is written", () => {
    let count = 0;
    const value = {
      get x() {
        return count++ < 2 ? new Uint8Array(1) : 1;
      },
    };
    expect(() => writeMixed(value)).toThrow(expect.objectContaining({ code: "INVALID_VALUE" }));
  });
});

describe("nesting", () => {
  const nested = (depth: number, leaf: unknown, wrap: (value: unknown) => unknown) => {
    let value = leaf;
    for (let i = 0; i < depth; i++) value = wrap(value);
    return value;
  };
  const wraps = {
    list: (value: unknown) => [value],
    dict: (value: unknown) => ({ a: value }),
    pair: (value: unknown) => [value, 1],
  };

  it.each([
    ["list", 1, 1024],
    ["dict", 1, 1024],
    ["list", Number.NaN, 1023],
    ["dict", Number.NaN, 511],
    ["pair", Number.NaN, 511],
  ] as const)("%s around %s: up to %i levels are written and read", (wrap, leaf, limit) => {
    const deepest = writeMixed(nested(limit, leaf, wraps[wrap]));
    // Compared at once: megabytes of indent are too slow for `toEqual`.
    expect(Buffer.compare(writeMixed(readMixed(deepest, { lossless: true })), deepest)).toBe(0);
    expect(() => writeMixed(nested(limit + 1, leaf, wraps[wrap]))).toThrow(
      expect.objectContaining({ code: "INVALID_VALUE" }),
    );
    expect(() => writeMixed(nested(100_000, leaf, wraps[wrap]))).toThrow(
      expect.objectContaining({ code: "INVALID_VALUE" }),
    );
  });
});

describe("forms are told apart by numbers", () => {
  /** How often a form is asked for its number. */
  const asked = (value: unknown): number => {
    const id = vi.spyOn(FormTable.prototype, "id");
    try {
      writeMixed(value);
      return id.mock.calls.length;
    } finally {
      id.mockRestore();
    }
  };
  const wide = (order: number) => new Map(Array.from({ length: 100 }, (_, i) => [`k${(i * 7 + order) % 100}`, i]));

  it.each<[string, (i: number) => unknown, number]>([
    ["equal arrays", () => new Float64Array(3), 3],
    ["unequal arrays", (i) => new Float64Array(1 + (i % 7)), 3],
    ["dicts of a hundred keys, in many orders", wide, 210],
    ["unequal dicts", (i) => ({ a: i, b: [i, new Float64Array(1 + (i % 7))] }), 12],
  ])("%s: a few times each, however many there are", (_, item, most) => {
    for (const count of [100, 1000]) {
      const value = [new Uint8Array(1), Array.from({ length: count }, (_, i) => item(i))];
      expect(asked(value)).toBeLessThan(count * most + 100);
    }
  });
});
