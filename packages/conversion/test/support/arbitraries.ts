import { type Celltype, Float, NdArray, serialize } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import { hasLoneSurrogate } from "@seamless/internal/code-points";
import { utf8 } from "@seamless/internal/testing";
import fc from "fast-check";

const anyText = fc.string({ unit: "binary", maxLength: 20 });
const scalarText = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true }).map(String),
  fc.constantFrom(
    "",
    "true",
    "null",
    "1_000",
    " 7 ",
    "1e5",
    "nan",
    "inf",
    "[1, 2]",
    "- a\n- b",
    "{a: 1}",
    "x = 1",
    '"q"',
  ),
);
const text = fc.oneof(scalarText, anyText).filter((text) => !hasLoneSurrogate(text));
const integer = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), fc.constant(0));
const finite = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, 1e16, 1e-5, 2 ** 63));
const float = finite.map((x) => (Number.isInteger(x) ? new Float(x) : x));
const shape = fc.constantFrom([], [1], [0], [3], [2, 0], [2, 3], [1, 2, 2]);

/** What NumPy could write: any kind of elements, in either order of memory, with any bytes in them. */
const array = fc
  .record({
    type: fc.constantFrom(
      ...[
        "|b1",
        "|i1",
        "<i2",
        ">i4",
        "<i8",
        "|u1",
        ">u2",
        "<u8",
        "<f2",
        ">f4",
        "<f4",
        "<f8",
        ">f8",
        "<c8",
        "|S1",
        "|S3",
      ],
      ...["<U2", ">U1", "<M8[s]", "|V2", [["x", "<f4"] as const, ["y", "|S2"] as const]],
    ),
    shape,
    fortranOrder: fc.boolean(),
    bytes: fc.infiniteStream(fc.oneof(fc.constantFrom(0, 0, 0x41, 0x31, 0x3f), fc.nat(255))),
  })
  .map(({ type, shape, fortranOrder, bytes }) => {
    const itemsize = new NdArray(new Uint8Array(), { descr: type, shape: [0] }).itemsize;
    const data = new Uint8Array(shape.reduce((product, length) => product * length, itemsize));
    for (let i = 0; i < data.length; i++) data[i] = bytes.next().value!;
    return new NdArray(data, { descr: type, shape, fortranOrder });
  });

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(fc.constant(null), fc.boolean(), integer, float, text),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(integer, { maxLength: 4 }),
    fc.array(float, { maxLength: 4 }),
    fc.dictionary(text, tie("value"), { maxKeys: 3 }),
  ),
})).value;
const mixed = fc.oneof(
  json,
  array,
  fc.record({ a: array.filter((a) => /^[<|][biuf]/.test(String(a.descr))), b: json }),
);

const of = <T>(values: fc.Arbitrary<T>, celltype: Celltype) => values.map((value) => serialize(value, celltype));
const texts = (...all: readonly string[]) => fc.constantFrom(...all).map(utf8);
/** Null and booleans, written by others than us too. */
const words = (...all: readonly string[]) => texts(...all, ...all.map((word) => `${word}\n`));

/** Valid buffers of each celltype, among them such as only others write. */
export const buffers: Readonly<Record<Celltype, fc.Arbitrary<Uint8Array>>> = {
  binary: of(array, "binary"),
  mixed: fc.oneof(of(mixed, "mixed"), words("null", "true", "1.0", '"\\ud800"', "10000000000000000000000")),
  text: fc.oneof(of(text, "text"), words("null", "a\n\n", "\ufeffx")),
  python: texts("x = 1\n", "", "def f(a):\n  return a\n", "True", "# only a comment", "null\n"),
  ipython: texts("x = 1\n", "", "%timeit f()\n", "!ls -l\n", "a = !ls\n%%time\n", "f?", "null"),
  plain: fc.oneof(of(json, "plain"), words("null", "true", ' {"a" : [1,\t2.0]} ', "-0", "[]", '"\\u00e9"', "1E40")),
  yaml: texts("a: 1\n", "- x\n- 2020-01-01\n", "1:30", "yes", "", ".nan", "null", "? [k]\n: v", "[1, 2.5]", '"q"'),
  str: fc.oneof(of(text, "str"), words("null", "true", "4.5", "1e3")),
  bytes: fc.oneof(fc.uint8Array({ maxLength: 30 }), of(array, "binary"), of(mixed, "mixed"), of(integer, "plain")),
  int: fc.oneof(of(integer, "int"), words("null", "4.5", '"42"', " 5 ", "1e300", "100000000000000000000")),
  float: fc.oneof(of(finite, "float"), words("null", "4", '"4.5"', "-0.0", "0e5")),
  bool: words("null", "true", "false"),
  checksum: fc.oneof(
    of(
      fc.uint8Array({ maxLength: 3 }).map((bytes) => Checksum.of(bytes)),
      "checksum",
    ),
    of(fc.array(fc.constant(Checksum.of(new Uint8Array())), { maxLength: 2 }), "checksum"),
    words("null"),
  ),
};
