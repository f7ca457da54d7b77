// JSON, and what only looks like it: for `plain`, `mixed`, and the celltypes that are JSON of one kind.
import { each, nest, repeat, shapes, stairs } from "../make.mjs";

const BOTH = ["plain", "mixed"];

const nesting = shapes("json", [...BOTH, "checksum"], {
  "deep-lists": nest("[", "0", "]"),
  "deep-dicts": nest('{"a":', "0", "}"),
  "deep-both": nest('[{"a":', "0", "}]"),
  "open-lists": repeat("["),
  "open-dicts": repeat('{"a":'),
  "closed-lists": repeat("]"),
  "closed-dicts": repeat("}"),
  "wrong-brackets": repeat("[}"),
  "many-deep-lists": repeat(`${nest("[", "0", "]")(2_001)},`, "[", "0]"),
  "many-deep-dicts": repeat(`${nest('{"a":', "0", "}")(1_500)},`, "[", "0]"),
});

const lists = shapes("json", [...BOTH, "rewrite plain"], {
  "empty-lists": repeat("[],", "[", "0]"),
  "empty-dicts": repeat("{},", "[", "0]"),
  nulls: repeat("null,", "[", "0]"),
  booleans: repeat("true,false,", "[", "0]"),
  "empty-strings": repeat('"",', "[", "0]"),
  "lists-of-one": repeat("[0],", "[", "0]"),
  "dicts-of-one": repeat('{"a":0},', "[", "0]"),
  commas: repeat(",", "[0", "]"),
  "white-space": repeat(" \n\t\r"),
  "white-space-between": repeat(" , 0\n", "[0", "]"),
  newlines: repeat("\n", "[0]"),
});

const numbers = shapes("json", ["plain", "plain->binary", "rewrite mixed"], {
  zeros: repeat("0,", "[", "0]"),
  "negative-zeros": repeat("-0,", "[", "-0.0]"),
  integers: repeat("9007199254740993,", "[", "0]"),
  "integers-over-64-bits": repeat("36893488147419103232,", "[", "0]"),
  floats: repeat("0.1,1e300,", "[", "0]"),
  "whole-floats": repeat("1.0,", "[", "1.0]"),
  "long-integers": repeat(`${"7".repeat(4_300)},`, "[", "0]"),
  "one-long-integer": repeat("7"),
  "one-long-negative-integer": repeat("7", "-"),
  "long-fractions": repeat(`0.${"123".repeat(300)},`, "[", "0]"),
  "one-long-fraction": repeat("3", "0."),
  "tiny-fraction": repeat("0", "0.", "1"),
  "long-exponent": repeat("0", "1e", "1"),
  "large-exponents": repeat("1e99999,", "[", "0]"),
  "halfway-floats": repeat("9007199254740993.00000000000000000000001,", "[", "0]"),
  "denormal-floats": repeat("4.9406564584124654e-324,", "[", "0]"),
  "leading-zeros": repeat("0"),
  "ragged-lists": repeat("[1],[1,2],", "[", "[1]]"),
  "booleans-and-numbers": repeat("true,1,0.5,", "[", "0]"),
  "pairs-of-numbers": repeat("[1,2],", "[", "[1,2]]"),
  "columns-of-64": repeat(`${"[".repeat(60)}1${"]".repeat(60)},`, "[", `${"[".repeat(60)}1${"]".repeat(60)}]`),
  NaN: repeat("NaN,", "[", "0]"),
});

const dicts = shapes("json", ["rewrite plain", "rewrite mixed"], {
  keys: each((i) => `"k${i}":0`, { before: "{", join: ",", after: "}" }),
  "keys-backwards": each((i) => `"${String(9_999_999 - i)}":0`, { before: "{", join: ",", after: "}" }),
  "keys-like-indexes": each((i) => `"${i}":0`, { before: "{", join: ",", after: "}" }),
  "keys-like-large-indexes": each((i) => `"${4_294_967_290 - 7 * i}":0`, { before: "{", join: ",", after: "}" }),
  "equal-keys": repeat('"a":0,', "{", '"a":1}'),
  "equal-long-keys": repeat(`"${"a".repeat(1_000)}":0,`, "{", '"a":1}'),
  "almost-equal-keys": each((i) => `"${"a".repeat(200)}${i}":0`, { before: "{", join: ",", after: "}" }),
  "one-long-key": repeat("a", '{"', '":0}'),
  "prototype-keys": repeat('{"__proto__":{"a":0},"constructor":0},', "[", "0]"),
  "escaped-keys": each((i) => `"\\u0061\\n${i}":0`, { before: "{", join: ",", after: "}" }),
  "astral-keys": each((i) => `"😀${i}":0`, { before: "{", join: ",", after: "}" }),
  "dicts-of-other-keys": each((i) => `{"k${i}":0}`, { before: "[", join: ",", after: "]" }),
});

const strings = shapes("json", ["plain", "mixed->plain", "str->text"], {
  ascii: repeat("a", '"', '"'),
  "two-bytes": repeat("é", '"', '"'),
  "three-bytes": repeat("日", '"', '"'),
  "four-bytes": repeat("😀", '"', '"'),
  "short-escapes": repeat("\\n", '"', '"'),
  "escaped-quotes": repeat('\\"', '"', '"'),
  backslashes: repeat("\\\\", '"', '"'),
  "u-escapes": repeat("\\u0041", '"', '"'),
  "u-escapes-of-controls": repeat("\\u0001", '"', '"'),
  "surrogate-pairs": repeat("\\ud83d\\ude00", '"', '"'),
  "lone-surrogates": repeat("\\ud800", '"', '"'),
  "escapes-in-turns": repeat("a\\n", '"', '"'),
  "delete-characters": repeat("\x7f", '"', '"'),
  "never-closed": repeat("a", '"'),
  "never-closed-escapes": repeat("\\\\", '"'),
  "many-never-closed": repeat('"a'),
  "raw-control": repeat("a", '"\x01', '"'),
  "many-strings": repeat('"abc",', "[", '""]'),
});

const oddities = shapes("json", BOTH, {
  "byte-order-marks": repeat("\ufeff"),
  "single-quotes": repeat("'a',", "[", "0]"),
  comments: repeat("//\n"),
  "block-comments": repeat("/**/"),
  words: repeat("nul"),
  "one-word": repeat("a"),
  signs: repeat("-"),
  "steps-of-white-space": stairs("[\n", "0"),
});

const scalars = ["int", "float", "bool", "str->int", "plain->float"];
const numbersInText = shapes("number", scalars, {
  digits: repeat("9", '"', '"'),
  "digits-with-underscores": repeat("9_", '"', '9"'),
  "digits-of-other-scripts": repeat("٣", '"', '"'),
  "spaces-around": repeat(" ", '"', '1"'),
  "no-break-spaces-around": repeat("\u00a0", '"1', '"'),
  zeros: repeat("0", '"', '1"'),
  fraction: repeat("3", '"0.', '"'),
  exponent: repeat("0", '"1e', '1"'),
  "short-but-astronomic": repeat(" ", '"1e999999999"'),
  "negative-digits": repeat("9", '"-', '"'),
  "within-a-thousand": () => `"${"9".repeat(998)}"`,
  "long-fraction-within-a-thousand": () => `0.${"3".repeat(998)}`,
});

const checksum = "0123456789abcdef".repeat(4);
const checksums = shapes("checksum", ["checksum", "rewrite checksum"], {
  list: repeat(`"${checksum}",`, "[", `"${checksum}"]`),
  dict: each((i) => `"${i}":"${checksum}"`, { before: "{", join: ",", after: "}" }),
  "deep-lists": nest("[", `"${checksum}"`, "]"),
  "deep-dicts": nest('{"a":', `"${checksum}"`, "}"),
  "many-deep-lists": repeat(`${nest("[", `"${checksum}"`, "]")(566)},`, "[", `"${checksum}"]`),
  "one-wrong-at-the-end": repeat(`"${checksum}",`, "[", '"no"]'),
  "upper-case": repeat(`"${checksum.toUpperCase()}",`, "[", "0]"),
  hex: repeat("0"),
  newlines: repeat("\n", checksum),
  "equal-keys": repeat(`"a":"${checksum}",`, "{", `"a":"${checksum}"}`),
});

export const json = [
  ...nesting,
  ...lists,
  ...numbers,
  ...dicts,
  ...strings,
  ...oddities,
  ...numbersInText,
  ...checksums,
];
