import { utf8 } from "@seamless/internal/testing";
import { describe, expect, test, vi } from "vitest";
import type { Descr, StructDtype } from "../src/array/dtype.ts";
import { cLayout } from "../src/array/memory.ts";
import { readNpy } from "../src/codecs/binary.ts";
import { defaultMaxBytes, NdArray, parse, serialize } from "../src/index.ts";
import { fault } from "./support/yaml-faults.ts";

const array = (byteLength: number, descr: Descr, shape: number[]) =>
  new NdArray(new Uint8Array(byteLength), { descr, shape });
const ones = (count: number) => new Array<number>(count).fill(1);

/** How many elements the work reads. */
function readsOf(work: () => unknown): number {
  const read = vi.spyOn(DataView.prototype, "getInt16");
  try {
    work();
    return read.mock.calls.length;
  } finally {
    read.mockRestore();
  }
}

describe("toArray", () => {
  test("counts lists before it makes any", () => {
    const columns = array(20_000, "<i2", [10_000, ...ones(62)]);
    expect(
      readsOf(() => expect(fault(() => columns.toArray())).toMatch(/^TOO_LARGE: nested lists of .* maxBytes/)),
    ).toBe(0);
    expect(readsOf(() => columns.toArray({ maxBytes: Infinity }))).toBe(10_000);
  });

  test.each<[Descr, number[]]>([
    ["|S0", [10 ** 9]],
    ["|V0", [10 ** 9, ...ones(63)]],
    ["<f8", [10 ** 6, 0]],
    [[["a", "|u1", [10 ** 9, 0]]], [1]],
    [[["a", [["b", "|S0", [10 ** 6]]], [10 ** 6]]], [10 ** 3]],
  ])("of what has no bytes, as %j %j, is refused", (descr, shape) => {
    expect(fault(() => array(0, descr, shape).toArray())).toMatch(/^TOO_LARGE/);
  });

  test("takes a limit, by the byte", () => {
    // One list of two lists, of three numbers each.
    const size = 16 + 2 * 8 + 2 * (16 + 3 * 8);
    const matrix = array(6, "|u1", [2, 3]);
    expect(matrix.toArray({ maxBytes: size })).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(fault(() => matrix.toArray({ maxBytes: size - 1 }))).toBe(
      `TOO_LARGE: nested lists of ${size} bytes; the limit is ${size - 1} bytes, and the option maxBytes raises it`,
    );
    const struct = array(
      10,
      [
        ["x", "<i2"],
        ["s", "|S3"],
      ],
      [2],
    );
    const record = 8 + (16 + 2 * 8) + (16 + 3);
    expect(struct.toArray({ maxBytes: 16 + 2 * record })).toHaveLength(2);
    expect(fault(() => struct.toArray({ maxBytes: 15 + 2 * record }))).toMatch(/^TOO_LARGE/);
    for (const maxBytes of [-1, Number.NaN, "1", null]) {
      expect(fault(() => matrix.toArray({ maxBytes: maxBytes as never }))).toMatch(/^INVALID_ARGUMENT/);
    }
  });

  test("makes arrays as people have them", () => {
    expect(array(2 ** 20, "|u1", [2 ** 20]).toArray()).toHaveLength(2 ** 20);
    expect(array(2 ** 18, "|b1", [2 ** 18, 1]).toArray()).toHaveLength(2 ** 18);
    expect(array(2 ** 18, "|S1", [2 ** 18]).toArray()).toHaveLength(2 ** 18);
    expect(array(2 ** 19, "<M8[s]", [2 ** 16]).toArray()).toHaveLength(2 ** 16);
  });
});

describe("NdArray.from", () => {
  const strings = (count: number) => [...new Array<string>(count).fill("a"), "b".repeat(count)];

  test("makes no long strings of many short ones, beyond a limit", () => {
    expect(NdArray.from(strings(200)).descr).toBe("<U200");
    for (const count of [20_000, 80_000]) {
      expect(fault(() => NdArray.from(strings(count)))).toMatch(/^TOO_LARGE: an array of .* strings/);
      expect(fault(() => serialize(strings(count), "binary"))).toMatch(/^TOO_LARGE/);
    }
    const size = 4 * 1000 * 1001;
    expect(NdArray.from(strings(1000), { maxBytes: size }).bytes()).toHaveLength(size);
    expect(fault(() => NdArray.from(strings(1000), { maxBytes: size - 1 }))).toMatch(/^TOO_LARGE/);
    expect(fault(() => serialize(strings(1000), "binary", { maxBytes: size }))).toMatch(/^TOO_LARGE: .*a buffer/);
    expect(defaultMaxBytes(10)).toBe(640 + 2 ** 20);
  });
});

describe("serialize", () => {
  test("ends where a value that is in itself many times becomes too long", () => {
    let value: unknown = ["some text"];
    let visits = 0;
    for (let i = 0; i < 60; i++) {
      const inner = value;
      value = [inner, inner];
    }
    const counted = {
      get top() {
        visits++;
        return value;
      },
    };
    expect(fault(() => serialize(counted, "plain", { maxBytes: 1e6 }))).toMatch(/^TOO_LARGE: .*JSON/);
    expect(visits).toBe(1);
  });

  test("ends where indents become too long, and costs no more for 4 × the items", () => {
    const slices = vi.spyOn(Uint8Array.prototype, "set");
    try {
      for (const count of [50_000, 200_000]) {
        let value: unknown = new Array<number>(count).fill(1);
        for (let i = 0; i < 250; i++) value = [value];
        for (const celltype of ["plain", "mixed"] as const) {
          expect(fault(() => serialize(value, celltype, { maxBytes: 1e6 }))).toMatch(/^TOO_LARGE: .*JSON/);
        }
      }
      const copied = slices.mock.calls.map(([bytes]) => bytes.length);
      expect(Math.max(...copied)).toBeLessThan(2 ** 22 + 1);
    } finally {
      slices.mockRestore();
    }
  });

  test("takes a limit for every celltype", () => {
    for (const celltype of ["plain", "mixed", "text", "str", "bytes", "yaml"] as const) {
      const { length } = serialize("some text", celltype);
      expect(serialize("some text", celltype, { maxBytes: length })).toHaveLength(length);
      expect(fault(() => serialize("some text", celltype, { maxBytes: length - 1 }))).toMatch(/^TOO_LARGE/);
    }
    expect(fault(() => serialize(1, "int", { maxBytes: -1 }))).toMatch(/^INVALID_ARGUMENT/);
  });

  test("writes escapes where they stand, with no string made of them", () => {
    const text = '\0\n"\x7f'.repeat(50_000);
    const stringify = vi.spyOn(JSON, "stringify");
    const encode = vi.spyOn(TextEncoder.prototype, "encodeInto");
    const slices = vi.spyOn(String.prototype, "slice");
    try {
      expect(serialize(text, "plain")).toHaveLength(50_000 * (6 + 2 + 2 + 1) + 3);
      expect(serialize(text, "mixed")).toHaveLength(50_000 * (6 + 2 + 2 + 6) + 3);
      const calls = [stringify, encode, slices].map((spy) => spy.mock.calls.length);
      expect(calls).toEqual([0, 0, 0]);
    } finally {
      for (const spy of [stringify, encode, slices]) spy.mockRestore();
    }
  });

  test("escapes long strings in chunks, of which none parts a pair", () => {
    for (const text of [`${"a".repeat(65_535)}${"😀".repeat(70_000)}`, "\u0001😀".repeat(50_000), "é".repeat(65_537)]) {
      const json = `${JSON.stringify(text)}\n`;
      expect(new TextDecoder().decode(serialize(text, "plain"))).toBe(json);
      expect(parse(serialize([text], "mixed"), "mixed")).toEqual([text]);
    }
  });
});

describe("an .npy header is refused where it stops being one", () => {
  /** How far the reader came, in bytes of the header's text. */
  function progress(text: string): [string, number] {
    const bytes = new Uint8Array(12 + text.length);
    bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0]);
    new DataView(bytes.buffer).setUint32(8, text.length, true);
    bytes.set(utf8(text), 12);
    try {
      readNpy(bytes);
    } catch (error) {
      const { code, offset } = error as { code: string; offset: number };
      return [code, offset - 12];
    }
    return ["no error", text.length];
  }

  test.each([
    ["axes", "{'shape': (", "1,", 200],
    ["axes of a field", "{'descr': [('a', '<i4', (", "1,", 200],
    ["parts of a field", "{'descr': [(", "'a',", 300],
    ["names in the place of fields", "{'descr': [", "'a',", 300],
    ["fields that are none", "{'descr': [", "(),", 20],
    ["dicts", "{'descr': ", "{'a':", 20],
    ["keys", "{'a': 1, 'b': 2, 'c': 3, ", "'d': 4,", 40],
    ["brackets", "{'descr': ", "[", 220],
    ["dicts in a list", "[", "{},", 220],
  ])("%s", (_, start, part, limit) => {
    for (const count of [2 ** 14, 2 ** 16]) {
      const [code, offset] = progress(start + part.repeat(count));
      expect(code).toBe("INVALID_BUFFER");
      expect(offset).toBeLessThan(limit);
    }
  });

  test("a hundred thousand fields are read, four times as many are too many", () => {
    const fields = (count: number) => Array.from({ length: count }, (_, i) => `('${i.toString(36)}','|S0'),`).join("");
    const header = (count: number) => `{'descr': [${fields(count)}], 'fortran_order': False, 'shape': (3,)}`;
    expect(progress(header(100_000))[0]).toBe("no error");
    expect(progress(`{'descr': [${"('','i1'),".repeat(400_000)}`)[0]).toBe("TOO_LARGE");
  });
});

describe("structs", () => {
  /** A struct in a struct and so on, with a count of how often their fields are looked through. */
  function nested(depth: number) {
    const counts = { looks: 0 };
    let dtype: StructDtype = struct([{ kind: "int", itemsize: 4, littleEndian: true }]);
    function struct(members: StructDtype["fields"][number]["dtype"][]): StructDtype {
      const fields = members.map((member, i) => ({ name: `f${i}`, dtype: member, offset: 0 }));
      return {
        kind: "struct",
        itemsize: 4,
        littleEndian: true,
        get fields() {
          counts.looks++;
          return fields;
        },
      };
    }
    for (let i = 0; i < depth; i++) {
      dtype = struct([dtype]);
      // As the reader and the writer of forms do at each level.
      cLayout([dtype]);
    }
    return counts;
  }

  test("are laid out in time in proportion to their size, however deep", () => {
    expect(nested(40).looks).toBeLessThan(5 * nested(10).looks);
  });

  test("of one dtype are noted once, however many arrays have it", () => {
    const fields = Array.from({ length: 100 }, (_, i) => [`f${i}`, "<i4"] as const);
    const one = array(0, fields, [0]);
    const bytes = serialize(
      Array.from({ length: 1000 }, () => one),
      "mixed",
    );
    const value = parse(bytes, "mixed") as NdArray[];
    const stringify = vi.spyOn(JSON, "stringify");
    try {
      expect(serialize(value, "mixed")).toEqual(bytes);
      expect(stringify.mock.calls.filter(([part]) => Array.isArray(part)).length).toBeLessThan(2);
    } finally {
      stringify.mockRestore();
    }
  });

  test("may have fields of no bytes in mixed, written and read", () => {
    for (const descr of [
      [
        ["a", "|S0"],
        ["b", "<i4"],
      ],
      [
        ["b", "<i4"],
        ["", "|V4"],
        ["c", "<f8", [0]],
        ["a", "|S0", [5]],
      ],
    ] as Descr[]) {
      const struct = new NdArray(
        Uint8Array.from({ length: 24 }, (_, i) => i),
        { descr },
      );
      const bytes = serialize({ struct }, "mixed");
      const back = (parse(bytes, "mixed") as { struct: NdArray }).struct;
      expect([back.descr, back.bytes()]).toEqual([struct.descr, struct.bytes()]);
    }
    expect(fault(() => serialize([array(0, "|S0", [3])], "mixed"))).toMatch(/^INVALID_VALUE: .*no bytes/);
    expect(fault(() => serialize([array(0, [["a", "|S0"]], [3])], "mixed"))).toMatch(/^INVALID_VALUE: .*no bytes/);
  });
});

describe("strings", () => {
  test("with any number of escapes are decoded by the engine at once", () => {
    const decode = vi.spyOn(JSON, "parse");
    try {
      for (const count of [1000, 4000]) {
        decode.mockClear();
        const text = '\\n\\u00e9\\"'.repeat(count);
        expect(parse(utf8(`["${text}"]`), "plain", { lossless: true })).toEqual(['\né"'.repeat(count)]);
        expect(decode).toHaveBeenCalledTimes(1);
      }
    } finally {
      decode.mockRestore();
    }
  });

  test.each([
    ['"a\\nb\\qc\\n"', 5],
    ['"\\\\\\\\\\u12x4"', 5],
    ['"\\n\\u"', 3],
    ['"\\n\\', 0],
    ['"\\n\\\n"', 3],
    ['"\\n\u0001"', 3],
  ])("with a wrong escape say where: %j", (json, offset) => {
    expect(() => parse(utf8(json), "plain", { lossless: true })).toThrow(
      expect.objectContaining({ code: "INVALID_BUFFER", offset }),
    );
  });

  test("of an array are put together in chunks", () => {
    const make = vi.spyOn(String, "fromCodePoint");
    try {
      const text = "中😀".repeat(20_000);
      expect(NdArray.from([text]).toArray()).toEqual([text]);
      expect(make.mock.calls.length).toBeLessThan(10);
    } finally {
      make.mockRestore();
    }
  });
});
