// `.npy`: headers that promise what is not there, and bodies that become much larger than they are.
import { byteLength, each, fill, join, littleEndian, nest, noise, repeat, shapes } from "../make.mjs";

const MAGIC = Uint8Array.of(0x93, ...Buffer.from("NUMPY"));

/**
 * @param {string} header
 * @param {Uint8Array} body
 */
function npy(header, body) {
  const wide = byteLength(header) > 65_000;
  const preamble = wide ? 12 : 10;
  const text = `${header}${" ".repeat(64 - ((preamble + byteLength(header) + 1) % 64))}\n`;
  return join(MAGIC, Uint8Array.of(wide ? 3 : 1, 0), littleEndian(byteLength(text), wide ? 4 : 2), text, body);
}

/** @param {string} descr @param {string} shape @param {boolean} [fortran] */
const dict = (descr, shape, fortran = false) =>
  `{'descr': ${descr}, 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${shape}, }`;

/**
 * An array with a body of about the size.
 *
 * @param {string} descr
 * @param {number} itemSize
 * @param {object} [options]
 * @param {(count: number) => string} [options.shape]
 * @param {(size: number) => Uint8Array} [options.body]
 * @param {boolean} [options.fortran]
 * @returns {import("../make.mjs").Make}
 */
const array =
  (descr, itemSize, { shape = (count) => `(${count},)`, body = fill(1), fortran = false } = {}) =>
  (size) => {
    const count = Math.max(1, Math.floor((size - 512) / itemSize));
    return npy(dict(descr, shape(count), fortran), body(count * itemSize));
  };

/**
 * A header of about the size, and no body.
 *
 * @param {import("../make.mjs").Make} make
 * @returns {import("../make.mjs").Make}
 */
const header = (make) => (size) => npy(String(make(size - 100)), new Uint8Array());

/** `(1, 1, …` with so many axes. @param {number} count */
const ones = (count) => Array.from({ length: count }, () => "1").join(", ");

/** @param {(i: number) => string} type */
const fields = (type) =>
  each((i) => `('f${i}', ${type(i)})`, {
    before: "{'descr': [",
    join: ", ",
    after: "], 'fortran_order': False, 'shape': (), }",
  });

const headers = shapes("npy", ["binary"], {
  "header-of-lists": header(nest("[", "", "]")),
  "header-of-tuples": header(nest("(", "", ")")),
  "header-of-dicts": header(nest("{'a': ", "1", "}")),
  "header-of-open-brackets": header(repeat("(")),
  "deep-descr": header((size) => dict(String(nest("[('a', ", "'<i4'", ")]")(size - 60)), "()")),
  "deep-sub-arrays": header((size) => dict(String(nest("(", "'<i4'", ", (1,))")(size - 60)), "()")),
  "many-axes": header((size) => dict("'<i4'", String(repeat("1, ", "(", ")")(size - 60)))),
  "many-zero-axes": header((size) => dict("'<i4'", String(repeat("0, ", "(", ")")(size - 60)))),
  "long-number-in-shape": header((size) => dict("'<i4'", String(repeat("9", "(", ",)")(size - 60)))),
  "long-zeros-in-shape": header((size) => dict("'<i4'", String(repeat("0", "(", "1,)")(size - 60)))),
  "long-descr": header((size) => dict(String(repeat("9", "'<U", "'")(size - 60)), "()")),
  "long-unit": header((size) => dict(String(repeat("9", "'<M8[", "ns]'")(size - 60)), "()")),
  "long-spaces": header(repeat(" ", dict("'<i4'", "(0,)"))),
  "long-spaces-before": header(repeat(" ", "", dict("'<i4'", "(0,)"))),
  "long-string": header(repeat("a", "{'descr': '", "'}")),
  "long-escapes": header(repeat("\\x41", "{'descr': '", "'}")),
  "long-string-that-never-ends": header(repeat("a", "{'descr': '")),
  "many-strings-in-a-row": header(repeat("'a' ", "{'descr': ", "}")),
  "many-keys": header(each((i) => `'k${i}': 0`, { before: "{", join: ", ", after: "}" })),
  "equal-keys": header(repeat("'descr': '<i4', ", "{", "}")),
  "many-comments": header(repeat("#\n", "{", "}")),
  "no-header": header(repeat("\n")),
  "many-fields": header(fields(() => "'<i1'")),
  "fields-of-no-bytes": header(fields(() => "'|V0'")),
  "fields-of-huge-strings": header(fields(() => "'<U536870911'")),
  "fields-with-titles": header(fields((i) => `'<i1', (1,), 't${i}'`)),
  "fields-with-sub-arrays": header(fields(() => "'<i1', (1, 1, 1)")),
  "fields-of-fields": header(fields(() => "[('a', [('b', '<i1')])]")),
  "equal-fields": header(repeat("('a', '<i1'), ", "{'descr': [", "], 'fortran_order': False, 'shape': (), }")),
  "long-field-name": header(repeat("é", "{'descr': [('", "', '<i1')], 'fortran_order': False, 'shape': (), }")),
  object: array("'|O'", 8),
  "header-longer-than-the-file": (size) =>
    join(MAGIC, Uint8Array.of(3, 0), littleEndian(2 ** 32 - 1, 4), fill(32)(size - 12)),
  "only-magic": (size) => join(MAGIC, fill(1)(size - 6)),
  "body-too-short": array("'<f8'", 1),
  "body-too-long": array("'<f8'", 16),
  "shape-over-all-limits": array("'<f8'", 8, { shape: () => "(4611686018427387904, 4611686018427387904)" }),
  "shape-huge-by-zero": array("'<f8'", 8, { shape: () => "(4611686018427387904, 4611686018427387904, 0)" }),
});

const READ = ["lists", "binary->plain", "rewrite binary"];

const bodies = shapes("npy", READ, {
  "long-axis-and-ones": array("'|u1'", 1, { shape: (count) => `(${count}, ${ones(62)})` }),
  "ones-and-long-axis": array("'|u1'", 1, { shape: (count) => `(${ones(62)}, ${count})` }),
  "fortran-long-axis-and-ones": array("'|u1'", 1, { shape: (count) => `(${count}, ${ones(62)})`, fortran: true }),
  "pairs-in-fortran-order": array("'<f8'", 16, { shape: (count) => `(${count}, 2)`, fortran: true }),
  "many-empty-rows": array("'<f8'", 8, { shape: () => "(100000000, 0)", body: () => new Uint8Array() }),
  bytes: array("'|u1'", 1, { body: fill(255) }),
  "signed-bytes": array("'|i1'", 1, { body: fill(255) }),
  "booleans-of-all-bytes": array("'|b1'", 1, { body: noise }),
  "large-integers": array("'<i8'", 8, { body: fill(255) }),
  "unsigned-integers": array("'>u8'", 8, { body: fill(255) }),
  "half-floats": array("'<f2'", 2, { body: fill(0x3b) }),
  "single-floats": array("'<f4'", 4, { body: fill(0x3b) }),
  "long-double-floats": array("'<f8'", 8, { body: noise }),
  "only-nan": array("'<f8'", 8, { body: fill(255) }),
  "long-doubles": array("'<f16'", 16),
  "complex-numbers": array("'<c16'", 16),
  "empty-byte-strings": array("'|S1'", 1, { body: fill(0) }),
  "one-byte-string": (size) => npy(dict(`'|S${size - 512}'`, "()"), fill(97)(size - 512)),
  "one-byte-string-of-zeros": (size) => npy(dict(`'|S${size - 512}'`, "()"), fill(0)(size - 512)),
  characters: array("'<U1'", 4, {
    body: (size) => Uint8Array.from({ length: size }, (_, i) => (i % 4 === 0 ? 97 : 0)),
  }),
  "empty-characters": array("'<U1'", 4, { body: fill(0) }),
  "characters-that-are-none": array("'<U1'", 4, { body: fill(255) }),
  "one-string-of-characters": (size) => {
    const count = (size - 512) >> 2;
    return npy(
      dict(`'<U${count}'`, "()"),
      Uint8Array.from({ length: 4 * count }, (_, i) => (i % 4 === 0 ? 97 : 0)),
    );
  },
  "strings-of-no-length": array("'<U0'", 1, { shape: () => "(100000000,)", body: () => new Uint8Array() }),
  "raw-bytes-of-no-length": array("'|V0'", 1, { shape: () => "(100000000,)", body: () => new Uint8Array() }),
  dates: array("'<M8[ns]'", 8, { body: noise }),
  "spans-of-odd-units": array("'<m8[1000000Y/7]'", 8, { body: noise }),
  "structs-of-one-byte": array("[('a', '|u1')]", 1),
  "structs-of-many-bytes": array(`[${Array.from({ length: 20 }, (_, i) => `('f${i}', '|u1')`).join(", ")}]`, 20),
  "structs-of-padding": array("[('a', '|u1'), ('', '|V7')]", 8),
  "structs-with-sub-arrays": array("[('a', '|u1', (4, 1, 1))]", 4),
  "one-struct-of-a-large-sub-array": (size) =>
    npy(dict(`[('a', '|u1', (${size - 512}, 1, 1, 1))]`, "()"), fill(1)(size - 512)),
});

const scalars = shapes("npy", ["binary->text", "binary->int", "binary->float", "binary->bool", "binary->bytes"], {
  "scalar-of-digits": (size) => npy(dict(`'|S${size - 512}'`, "()"), fill(0x39)(size - 512)),
  "scalar-of-spaces": (size) => npy(dict(`'|S${size - 512}'`, "()"), fill(32)(size - 512)),
  "scalar-of-broken-text": (size) => npy(dict(`'|S${size - 512}'`, "()"), fill(255)(size - 512)),
  "scalar-of-wide-digits": (size) => {
    const count = (size - 512) >> 2;
    return npy(
      dict(`'>U${count}'`, "()"),
      Uint8Array.from({ length: 4 * count }, (_, i) => (i % 4 === 3 ? 0x39 : 0)),
    );
  },
});

export const arrays = [...headers, ...bodies, ...scalars];
