// The mixed format: forms and offsets that promise what is not there.
import { byteLength, each, fill, join, littleEndian, nest, repeat, shapes } from "../make.mjs";

const ROOM = 200;
const u1 = '{"type":"integer","bytesize":1,"unsigned":true}';

/**
 * @param {string} form
 * @param {string} json
 * @param {Uint8Array} [binary]
 */
function mixed(form, json, binary = new Uint8Array()) {
  const storage = "mixed-plain";
  return join(
    ...[Uint8Array.of(0x94), "SEAMLESS-MIXED", littleEndian(storage.length, 1), storage],
    ...[littleEndian(byteLength(form), 4), form],
    ...[Uint8Array.of(0x93), "SEAMLESS", littleEndian(byteLength(json), 8), littleEndian(binary.length, 8)],
    ...[json, binary],
  );
}

/** @param {string} shape @param {string} [items] */
const leaf = (shape, items = u1) =>
  `{"type":"array","items":${items},"identical":true,"shape":${shape},"contiguous":true,"storage":"pure-binary"}`;

/** @param {string} items @param {number} count @param {boolean} [identical] */
const list = (items, count, identical = true) =>
  `{"type":"array","items":${items},"identical":${identical},"shape":[${count}]}`;

/** @param {(size: number) => string} form @param {string} [json] @returns {import("../make.mjs").Make} */
const formOf =
  (form, json = "[[0],[0]]") =>
  (size) =>
    mixed(form(size - ROOM), json);

/**
 * A list of so many leaves, each of so many bytes.
 *
 * @param {number} bytes
 * @returns {import("../make.mjs").Make}
 */
const leaves = (bytes) => (size) => {
  const count = Math.floor((size - 2 * ROOM) / (8 + bytes));
  const offsets = Array.from({ length: count + 1 }, (_, i) => String(i * bytes));
  const zeros = Array.from({ length: count }, () => "0");
  const json = `[[${offsets}],[${zeros}]]`;
  return mixed(list(leaf(`[${bytes}]`), count), json.slice(0, size), fill(1)(count * bytes));
};

/** One leaf over the whole binary part. @param {(count: number) => string} shape @param {string} [items] */
const oneLeaf =
  (shape, items = u1) =>
  (/** @type {number} */ size) => {
    const count = size - 1_000;
    return mixed(list(leaf(shape(count), items), 1), `[[0,${count}],[0]]`, fill(1)(count));
  };

const forms = shapes("mixed", ["mixed"], {
  "deep-form": formOf(nest('{"type":"array","items":', "null", ',"identical":true,"shape":[1]}')),
  "deep-dict-form": formOf(nest('{"type":"object","properties":{"a":', '"null"', "}}")),
  "form-of-open-brackets": formOf(repeat("[")),
  "form-of-a-string": formOf(repeat("a", '"', '"')),
  "form-of-many-keys": formOf(each((i) => `"k${i}":0`, { before: "{", join: ",", after: "}" })),
  "form-of-equal-keys": formOf(repeat('"type":"array",', "{", '"items":null}')),
  "form-of-many-properties": formOf(
    each((i) => `"k${i}":"null"`, { before: '{"type":"object","properties":{', join: ",", after: "}}" }),
  ),
  "form-of-many-items": formOf((size) => list(repeat('"null",', "[", '"null"]')(size - 80), 10, false)),
  "form-of-many-axes": formOf((size) => list(leaf(repeat("1,", "[", "1]")(size - 200)), 1)),
  "form-of-a-long-number": formOf((size) => list(leaf(repeat("9", "[", "]")(size - 200)), 1)),
  "form-of-many-fields": formOf((size) => {
    const properties = each((i) => `"f${i}":${u1}`, { before: "{", join: ",", after: "}" })(size / 2);
    return list(leaf("[1]", `{"type":"object","properties":${properties},"bytesize":1000,"order":[]}`), 1);
  }),
  "form-of-a-long-order": formOf((size) => {
    const order = repeat('"f",', "[", '"f"]')(size - 300);
    return list(leaf("[1]", `{"type":"object","properties":{"f":${u1}},"bytesize":1,"order":${order}}`), 1);
  }),
  "form-of-deep-tuples": formOf((size) => {
    const items = nest('{"type":"tuple","items":', u1, ',"identical":true,"shape":[1]}')(size - 300);
    return list(leaf("[1]", items), 1);
  }),
  "form-of-strides": formOf((size) =>
    list(leaf("[1]").replace('true,"storage"', `false,"strides":${repeat("1,", "[", "1]")(size - 300)},"storage"`), 1),
  ),
  "list-of-a-billion": (size) => mixed(list('"null"', 1_000_000_000), repeat("0,", "[[0],[", "0]]")(size - ROOM)),
  "leaf-of-a-billion": (size) =>
    mixed(list(leaf("[1000000000]"), 1), `[[0,${size - 1_000}],[0]]`, fill(1)(size - 1_000)),
  "leaf-over-all-limits": (size) =>
    mixed(list(leaf("[4611686018427387904,4]"), 1), "[[0,0],[0]]", fill(1)(size - 1_000)),
  "leaf-huge-by-zero": oneLeaf(() => "[0,1000000000]"),
});

const parts = shapes("mixed", ["mixed->plain", "rewrite mixed"], {
  "many-empty-leaves": leaves(0),
  "many-leaves-of-a-byte": leaves(1),
  "one-leaf": oneLeaf((count) => `[${count}]`),
  "one-leaf-of-many-axes": oneLeaf((count) => `[${count}${",1".repeat(30)}]`),
  "leaf-of-byte-strings": oneLeaf((count) => `[${count}]`, '{"type":"string","bytesize":1}'),
  "leaf-of-structs": oneLeaf(
    (count) => `[${count}]`,
    `{"type":"object","properties":{"f":${u1}},"bytesize":1,"order":["f"]}`,
  ),
  "many-offsets": (size) => mixed(list(leaf("[1]"), 1), repeat("0,", "[[", "0],[0]]")(size - 500), fill(1)(1)),
  "offsets-backwards": (size) =>
    mixed(list(leaf("[1]"), 1), each((i) => `${1e6 - i}`, { before: "[[", join: ",", after: "],[0]]" })(size - 500)),
  "offsets-of-long-numbers": (size) => mixed(list(leaf("[1]"), 1), repeat("9", "[[0,", "],[0]]")(size - 500)),
  "deep-skeleton": (size) => mixed(list('"null"', 1), `[[0],${nest("[", "0", "]")(size - 500)}]`),
  "skeleton-of-many-keys": (size) =>
    mixed('{"type":"object"}', `[[0],${each((i) => `"k${i}":0`, { before: "{", join: ",", after: "}" })(size - 500)}]`),
  "list-of-nulls": (size) => {
    const count = Math.floor((size - 500) / 5);
    return mixed(list('"null"', count), `[[0],[${Array.from({ length: count }, () => "null")}]]`);
  },
  "dict-of-leaves": (size) => {
    const count = Math.floor((size - 500) / 190);
    const indexes = Array.from({ length: count }, (_, i) => i);
    const form = `{"type":"object","properties":{${indexes.map((i) => `"k${i}":${leaf("[1]")}`)}}}`;
    const json = `[[0,${indexes.map((i) => i + 1)}],{${indexes.map((i) => `"k${i}":0`)}}]`;
    return mixed(form, json, fill(1)(count));
  },
});

const frames = shapes("mixed", ["mixed"], {
  "only-magic": (size) => join(Uint8Array.of(0x94), "SEAMLESS-MIXED", fill(0)(size - 15)),
  "lengths-of-all-ones": (size) => join(Uint8Array.of(0x94), "SEAMLESS-MIXED", fill(255)(size - 15)),
  "bytes-too-many": (size) => join(mixed('"null"', "[[0],null]"), fill(0)(size - 100)),
});

export const containers = [...forms, ...parts, ...frames];
