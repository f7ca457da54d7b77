import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NdArray } from "../src/array/ndarray.ts";
import { readMixed, writeMixed } from "../src/codecs/mixed.ts";
import { Float } from "../src/values.ts";

const BYTE = '{"type": "integer", "bytesize": 1, "unsigned": true}';
const array = (dtype: string, shape: string) =>
  `{"type": "array", "items": ${dtype}, "identical": true, "shape": ${shape}, "contiguous": true, "storage": "pure-binary"}`;
const list = (item: string, length = 1) =>
  `{"type": "array", "items": ${item}, "identical": true, "shape": [${length}]}`;
const LEAF = array(BYTE, "[2]");
const LIST = list(LEAF);

/** A mixed buffer of these parts, with right lengths. */
function buffer(form: string, json: string, binary: Uint8Array, storage = "mixed-plain"): Uint8Array {
  const text = new TextEncoder();
  const u32 = new Uint8Array(4);
  const u64 = new Uint8Array(16);
  new DataView(u32.buffer).setUint32(0, text.encode(form).byteLength, true);
  new DataView(u64.buffer).setBigUint64(0, BigInt(text.encode(json).byteLength), true);
  new DataView(u64.buffer).setBigUint64(8, BigInt(binary.byteLength), true);
  const magic = (first: number, rest: string) => Uint8Array.of(first, ...text.encode(rest));
  const parts = [
    magic(0x94, "SEAMLESS-MIXED"),
    Uint8Array.of(storage.length),
    text.encode(storage),
    u32,
    text.encode(form),
    magic(0x93, "SEAMLESS"),
    u64,
    text.encode(json),
    binary,
  ];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const read = (form: string, json: string, binary: readonly number[] = [1, 2], lossless = false) =>
  readMixed(buffer(form, json, Uint8Array.from(binary)), { lossless });
const refused = expect.objectContaining({ code: "INVALID_BUFFER", offset: expect.any(Number) });

describe("what is read", () => {
  it("arrays are views of the buffer", () => {
    const bytes = buffer(LIST, "[[0, 2], [0]]", Uint8Array.of(1, 2));
    const [array] = readMixed(bytes, { lossless: false }) as [NdArray];
    bytes[bytes.byteLength - 1] = 9;
    expect(array.bytes()).toEqual(Uint8Array.of(1, 9));
  });

  it("not even of Node's Buffer do they give out a Buffer", () => {
    const [array] = readMixed(Buffer.from(buffer(LIST, "[[0, 2], [0]]", Uint8Array.of(1, 2))), { lossless: false }) as [
      NdArray,
    ];
    expect(Object.getPrototypeOf(array.bytes())).toBe(Uint8Array.prototype);
  });

  it("a key __proto__ is a key as any other", () => {
    const form = `{"type": "object", "properties": {"__proto__": {"type": "object", "properties": {"x": "integer"}}, "b": ${LEAF}}}`;
    const value = read(form, '[[0, 2], {"__proto__": {"x": 1}, "b": 0}]') as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(["__proto__", "b"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value["x"]).toBe(undefined);
  });

  it("leaves of a dict lie by sorted key, while the dict keeps its order", () => {
    const form = `{"type": "object", "properties": {"z": ${LEAF}, "a": ${LEAF}}}`;
    const value = read(form, '[[0, 2, 4], {"z": 0, "a": 0}]', [1, 2, 3, 4], true) as Map<string, NdArray>;
    expect([...value].map(([key, array]) => [key, [...array.bytes()]])).toEqual([
      ["z", [3, 4]],
      ["a", [1, 2]],
    ]);
  });

  it("a number among the leaves, as the mode says", () => {
    const form =
      '{"type": "array", "items": {"type": "number", "bytesize": 8, "storage": "pure-binary"}, "identical": true, "shape": [2]}';
    const doubles = [...new Uint8Array(new Float64Array([1, Infinity]).buffer)];
    expect(read(form, "[[0, 8, 16], [0, 0]]", doubles)).toEqual([1, Infinity]);
    expect(read(form, "[[0, 8, 16], [0, 0]]", doubles, true)).toEqual([new Float(1), Infinity]);
  });

  it("a struct, with its padding", () => {
    const struct =
      '{"type": "object", "properties": {"a": {"type": "boolean", "bytesize": 1}, "b": {"type": "tuple", "items": {"type": "number", "bytesize": 4}, "identical": true, "shape": [2]}, "c": {"type": "string", "bytesize": 1}}, "bytesize": 16, "order": ["a", "b", "c"]}';
    const leaf = Array.from({ length: 16 }, (_, i) => i);
    const [value] = read(list(array(struct, "[1]")), "[[0, 16], [0]]", leaf) as [NdArray];
    expect(value.descr).toEqual([["a", "|b1"], ["", "|V3"], ["b", "<f4", [2]], ["c", "|S1"], ["", "|V3"]]); // biome-ignore format: fields
    expect([...value.bytes()]).toEqual(leaf);
  });
});

describe("what is refused", () => {
  const leaf = (from: string, to: string) => LIST.replace(from, to);
  it.each([
    ["no container", LEAF, "[[0, 2], 0]"],
    ["a scalar", '"null"', "[[0], null]"],
    ["nothing binary", '{"type": "array", "items": "null", "identical": true, "shape": [1]}', "[[0], [null]]"],
    ["a marked top", LIST.replace(/}$/, ', "storage": "mixed-plain"}'), "[[0, 2], [0]]"],
    [
      "an unmarked container",
      `{"type": "array", "items": ${LIST}, "identical": true, "shape": [1]}`,
      "[[0, 2], [[0]]]",
    ],
    ["an unknown storage", leaf("pure-binary", "pure-plain"), "[[0, 2], [0]]"],
    ["a list of another length", LIST, "[[0, 2], [0, 0]]"],
    ["a list that is none", LIST, '[[0, 2], {"0": 0}]'],
    ["no 0 for a leaf", LIST, "[[0, 2], [1]]"],
    ["0.0 for a leaf", LIST, "[[0, 2], [0.0]]"],
    ["offsets from elsewhere", LIST, "[[1, 2], [0]]"],
    ["offsets beyond the end", LIST, "[[0, 3], [0]]"],
    ["offsets that shrink", LIST, "[[0, 3, 2], [0]]"],
    ["an offset too many", LIST, "[[0, 2, 2], [0]]"],
    ["an offset too few", LIST, "[[0], [0]]"],
    ["a fractional offset", LIST, "[[0, 1.5, 2], [0]]"],
    ["no skeleton", LIST, "[[0, 2]]"],
    ["a larger shape", leaf('"shape": [2]', '"shape": [3]'), "[[0, 2], [0]]"],
    ["an absurd shape", leaf('"shape": [2]', '"shape": [9007199254740991, 9007199254740991]'), "[[0, 2], [0]]"],
    ["a negative shape", leaf('"shape": [2]', '"shape": [-1, -2]'), "[[0, 2], [0]]"],
    ["65 axes", leaf('"shape": [2]', `"shape": [2${", 1".repeat(64)}]`), "[[0, 2], [0]]"],
    ["an unknown dtype", leaf(BYTE, '{"type": "constructor", "bytesize": 1}'), "[[0, 2], [0]]"],
    ["an integer of 3 bytes", leaf('"bytesize": 1', '"bytesize": 3'), "[[0, 2], [0]]"],
    ["strings of no bytes", leaf(BYTE, '{"type": "string", "bytesize": 0}').replace("[2]", "[9]"), "[[0, 0], [0]]"],
    ["strides where there are none", leaf('"contiguous": true', '"contiguous": true, "strides": [1]'), "[[0, 2], [0]]"],
    ["no strides", leaf('"contiguous": true', '"contiguous": false'), "[[0, 2], [0]]"],
    ["strides of another number", leaf('"contiguous": true', '"contiguous": false, "strides": []'), "[[0, 2], [0]]"],
    ["an unknown field", leaf('"contiguous": true', '"contiguous": true, "x": 1'), "[[0, 2], [0]]"],
    [
      "a packed struct",
      leaf(
        BYTE,
        '{"type": "object", "properties": {"a": {"type": "boolean", "bytesize": 1}, "b": {"type": "number", "bytesize": 4}}, "bytesize": 5, "order": ["a", "b"]}',
      ),
      "[[0, 2], [0]]",
    ],
    [
      "an order of other fields",
      leaf(
        BYTE,
        '{"type": "object", "properties": {"a": {"type": "boolean", "bytesize": 1}}, "bytesize": 1, "order": ["b"]}',
      ),
      "[[0, 2], [0]]",
    ],
    [
      "a number of 4 bytes",
      '{"type": "array", "items": {"type": "number", "bytesize": 4, "storage": "pure-binary"}, "identical": true, "shape": [1]}',
      "[[0, 2], [0]]",
    ],
    ["form that is no JSON", "{", "[[0, 2], [0]]"],
    ["a skeleton that is no JSON", LIST, "[[0, 2], [0]"],
  ])("%s", (_, form, json) => {
    expect(() => read(form, json)).toThrow(refused);
  });

  const scalars = { null: "null", boolean: "true", integer: "1", number: "1.0", string: '"1"' };
  it.each(Object.keys(scalars))("a skeleton with something else than a form of %s says", (type) => {
    const form = `{"type": "array", "items": ["${type}", ${LEAF}], "identical": false, "shape": [2]}`;
    for (const [other, text] of Object.entries(scalars)) {
      const parse = () => read(form, `[[0, 2], [${text}, 0]]`);
      if (other === type) expect(parse()).toHaveLength(2);
      else expect(parse).toThrow(refused);
    }
  });

  it("another storage at the top", () => {
    expect(() =>
      readMixed(buffer(LIST, "[[0, 2], [0]]", Uint8Array.of(1, 2), "pure-binary"), { lossless: false }),
    ).toThrow(refused);
  });

  it("nesting without end, at once", () => {
    const deep = "[".repeat(1_000_000);
    expect(() => read(LIST, deep)).toThrow(refused);
    expect(() => read(deep, "[[0, 2], [0]]")).toThrow(refused);
    const member = '{"type": "tuple", "identical": true, "shape": [1], "items": ';
    const struct = `{"type": "object", "bytesize": 1, "order": ["a"], "properties": {"a": ${member.repeat(900)}${BYTE}${"}".repeat(900)}}}`;
    expect(() => read(leaf(BYTE, struct), "[[0, 2], [0]]")).toThrow(refused);
  });
});

describe("cost", () => {
  it("many leaves of a wide struct cost no more than there are bytes", () => {
    // A notation of the struct for each leaf would take gigabytes.
    const count = 20_000;
    const names = Array.from({ length: 5_000 }, (_, i) => `"f${i}"`);
    const field = '{"type": "tuple", "items": {"type": "boolean", "bytesize": 1}, "identical": true, "shape": [0]}';
    const properties = names.map((name) => `${name}: ${field}`).join(", ");
    const struct = `{"type": "object", "properties": {${properties}, "x": {"type": "boolean", "bytesize": 1}}, "bytesize": 1, "order": [${names.join(", ")}, "x"]}`;
    const form = list(array(struct, "[1]"), count);
    const offsets = Array.from({ length: count + 1 }, (_, i) => i);
    const value = read(form, JSON.stringify([offsets, new Array(count).fill(0)]), new Array(count).fill(1));
    expect(value).toHaveLength(count);
  });
});

describe("properties", () => {
  const anyArray = fc
    .tuple(
      fc.constantFrom("|b1", "|u1", "<i2", "<u4", "<f2", "<f8", "|S3"),
      fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
    )
    .map(([descr, shape]) => {
      const itemsize = Number(descr.slice(2));
      const count = shape.reduce((product, length) => product * length, 1);
      return new NdArray(
        Uint8Array.from({ length: count * itemsize }, (_, i) => i),
        { descr, shape },
      );
    });
  const key = fc.oneof(
    fc.string({ unit: "binary", maxLength: 3 }),
    fc.constantFrom("__proto__", "10", "2", "constructor"),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.bigInt(), fc.double(), fc.string({ unit: "binary" })),
      fc.uint8Array({ maxLength: 5 }),
      anyArray,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((entries) => new Map(entries)),
    ),
  }));

  it("what is written can be read, and written again as the same bytes", () => {
    fc.assert(
      fc.property(value, (value) => {
        const bytes = writeMixed(value);
        expect(writeMixed(readMixed(bytes, { lossless: true }))).toEqual(bytes);
        readMixed(bytes, { lossless: false });
      }),
      { numRuns: 500 },
    );
  });

  const startsLike = fc.constantFrom(
    "",
    "\x94SEAMLESS-MIXED",
    "\x94SEAMLESS-MIXED\x0bmixed-plain",
    "\x93NUMPY\x01\x00",
  );
  it("arbitrary bytes give a value or an error of ours", () => {
    fc.assert(
      fc.property(startsLike, fc.uint8Array({ maxLength: 200 }), fc.boolean(), (start, rest, lossless) => {
        survives(Uint8Array.from([...start].map((c) => c.charCodeAt(0)).concat([...rest])), lossless);
      }),
      { numRuns: 2_000 },
    );
  });

  it("changed bytes too", () => {
    const change = fc.tuple(
      fc.nat(),
      fc.oneof(
        fc.nat({ max: 255 }),
        fc.constantFrom(...'[]{}",:0123456789.e-').map((c) => (typeof c === "string" ? c.charCodeAt(0) : c)),
      ),
    );
    fc.assert(
      fc.property(value, fc.array(change, { minLength: 1, maxLength: 4 }), fc.boolean(), (value, changes, lossless) => {
        const bytes = writeMixed([value, new Uint8Array(1)]);
        for (const [at, byte] of changes) bytes[at % bytes.byteLength] = byte;
        survives(bytes, lossless);
      }),
      { numRuns: 3_000 },
    );
  });

  it("and every cut", () => {
    const bytes = writeMixed({ a: [1, new Float64Array(2)], b: Number.NaN });
    for (let length = 0; length < bytes.byteLength; length++) {
      expect(() => readMixed(bytes.subarray(0, length), { lossless: false })).toThrow(refused);
    }
  });

  function survives(bytes: Uint8Array, lossless: boolean): void {
    try {
      readMixed(bytes, { lossless });
    } catch (error) {
      expect(error).toMatchObject({ code: "INVALID_BUFFER", offset: expect.any(Number) });
    }
  }
});
