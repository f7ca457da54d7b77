import { Checksum, isSeamlessError } from "@seamless/checksum";
import { utf8 } from "@seamless/internal/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CELLTYPES, type Celltype, Float, NdArray, parse, serialize } from "../src/index.ts";

const text = fc.string({ unit: "grapheme" });
const float = fc.double({ noNaN: true, noDefaultInfinity: true });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
const scalar = fc.oneof(fc.boolean(), int64, float, text);
const checksum = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => new Checksum(bytes));
const array = fc.array(float, { minLength: 1, maxLength: 12 }).map((values) => new NdArray(new Float64Array(values)));

/** Lists and dicts, nested, with these leaves. */
function nested(leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(text, tie("value"), { maxKeys: 4 }),
    ),
  })).value;
}

/** For each celltype, values that it has a form for, and that are read without a parser for code. */
const VALUES: Readonly<Record<Exclude<Celltype, "python" | "ipython">, fc.Arbitrary<unknown>>> = {
  binary: fc.oneof(array, fc.array(fc.array(float, { minLength: 3, maxLength: 3 }), { maxLength: 5 }), fc.array(text)),
  mixed: nested(fc.oneof(scalar, fc.constant(null), array, fc.uint8Array(), fc.constantFrom(Number.NaN, Infinity))),
  text: fc.oneof(text, fc.boolean(), int64, float),
  plain: nested(fc.oneof(scalar, fc.constant(null))),
  yaml: fc.oneof(
    fc.constantFrom("a: 1", "- x\n- y", "", "# nothing"),
    fc.nat().map((n) => `key ${n}: [${n}, b]`),
  ),
  // A boolean is read as text: `true` as "True".
  str: fc.oneof(text, fc.constant(null), float),
  bytes: fc.oneof(fc.uint8Array(), text, float),
  int: fc.oneof(int64, fc.boolean(), fc.constant(null), fc.integer()),
  float: fc.oneof(
    float,
    float.map((x) => new Float(x)),
    fc.integer(),
    fc.constant(null),
  ),
  bool: fc.oneof(fc.boolean(), fc.constant(null), fc.integer()),
  checksum: fc.oneof(checksum, nested(checksum), fc.constant(null)),
};

describe.each(Object.entries(VALUES) as [Celltype, fc.Arbitrary<unknown>][])("%s", (celltype, values) => {
  test("written, read and written again, the same bytes", () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = serialize(value, celltype);
        const again = serialize(parse(bytes, celltype, { lossless: true }), celltype);
        expect(again).toEqual(bytes);
        expect(() => parse(bytes, celltype)).not.toThrow();
      }),
      { numRuns: 200 },
    );
  });

  test("mutated bytes are read, or refused by an error of ours", () => {
    fc.assert(
      fc.property(values, fc.nat(), fc.nat(255), fc.nat(3), (value, at, byte, cut) => {
        const bytes = serialize(value, celltype).slice();
        if (bytes.length > 0) bytes[at % bytes.length] = byte;
        expectOnlyOurErrors(bytes.subarray(0, bytes.length - Math.min(cut, bytes.length)), celltype);
      }),
      { numRuns: 500 },
    );
  });
});

test.each(CELLTYPES)("arbitrary bytes are read as %s, or refused by an error of ours", (celltype) => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string().map(utf8)), (bytes) => {
      expectOnlyOurErrors(bytes, celltype);
    }),
    { numRuns: 500 },
  );
});

function expectOnlyOurErrors(bytes: Uint8Array, celltype: Celltype): void {
  for (const lossless of [false, true]) {
    try {
      parse(bytes, celltype, { lossless });
    } catch (error) {
      if (!isSeamlessError(error)) throw error;
      expect(error.celltype).toBe(celltype);
    }
  }
}
