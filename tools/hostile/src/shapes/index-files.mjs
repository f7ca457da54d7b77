// Directory indexes from elsewhere, and lists of checksums in questions to a server.
import { each, nest, repeat, shapes } from "../make.mjs";

const hex = "0123456789abcdef".repeat(4);
const around = { before: "{", join: ",\n", after: "}" };

const indexes = shapes("index", ["index"], {
  entries: each((i) => `"${i}.txt":"${hex}"`, around),
  "entries-backwards": each((i) => `"${9_999_999 - i}":"${hex}"`, around),
  "equal-paths": repeat(`"a":"${hex}",`, "{", `"b":"${hex}"}`),
  "one-long-path": repeat("a", '{"', `":"${hex}"}`),
  "one-path-of-slashes": repeat("/", '{"', `":"${hex}"}`),
  "one-path-of-parts": repeat("a/", '{"', `b":"${hex}"}`),
  "one-path-of-dots": repeat("../", '{"', `b":"${hex}"}`),
  "one-path-of-almost-dots": repeat("..a/", '{"', `b":"${hex}"}`),
  "paths-with-a-common-start": each((i) => `"${"d/".repeat(100)}${i}":"${hex}"`, around),
  "escaped-paths": each((i) => `"${"\\u0061".repeat(20)}${i}":"${hex}"`, around),
  "paths-of-surrogates": each((i) => `"\\ud83d\\ude00${i}":"${hex}"`, around),
  "lone-surrogates": repeat("\\ud800", '{"', `":"${hex}"}`),
  "prototype-paths": each((i) => `"__proto__/${i}":"${hex}"`, around),
  comments: repeat("# a comment\n", "{", "}"),
  "one-long-comment": repeat("#", "{\n#", "\n}"),
  "white-space": repeat(" \n", "{", "}"),
  "long-value": repeat("0", '{"a":"', '"}'),
  "values-of-upper-case": each((i) => `"${i}":"${hex.toUpperCase()}"`, around),
  "deep-dicts": nest('{"a":', `"${hex}"`, "}"),
  "never-closed": each((i) => `"${i}":"${hex}"`, { ...around, after: "" }),
  "empty-entries": repeat(",", "{", "}"),
  controls: repeat("\x01", '{"', `":"${hex}"}`),
});

const questions = shapes("question", ["ask has", "ask verify"], {
  checksums: repeat(`"${hex}",`, "[", `"${hex}"]`),
  "other-checksums": each((i) => `"${String(i).padStart(64, "0")}"`, { before: "[", join: ",", after: "]" }),
  "deep-lists": nest("[", "0", "]"),
  "open-lists": repeat("["),
  "deep-dicts": nest('{"a":', "0", "}"),
  numbers: repeat("0,", "[", "0]"),
  "one-string": repeat("a", '"', '"'),
  "a-long-checksum": repeat("0", '["', '"]'),
});

export const indexFiles = [...indexes, ...questions];
