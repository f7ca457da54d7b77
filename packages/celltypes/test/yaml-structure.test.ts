import { describe, expect, test } from "vitest";
import { Float } from "../src/values.ts";
import { parseYaml, YamlPairs, YamlSet, type YamlValue } from "../src/yaml/index.ts";
import { fault } from "./support/yaml-faults.ts";

const dict = (...pairs: [YamlValue, YamlValue][]) => new Map(pairs);

describe("dicts", () => {
  test.each<[string, YamlValue]>([
    ["a: 1\nb:\n- 2\nc:\n  d: 3", dict(["a", 1], ["b", [2]], ["c", dict(["d", 3])])],
    ["{a: 1, b, 'c':2, d: , }", dict(["a", 1], ["b", null], ["c", 2], ["d", null])],
    ["? a\n: b\n? c\n", dict(["a", "b"], ["c", null])],
    ["? |\n  a\n: - b", dict(["a\n", ["b"]])],
    ["__proto__: 1\nconstructor: 2", dict(["__proto__", 1], ["constructor", 2])],
    ["a: 1\na: 2\nb: 3\na: 4", dict(["a", 4], ["b", 3])],
    ["1: a\n1.0: b\ntrue: c", dict([1, "c"])],
    ["0x10: a\n16: b", dict([16, "b"])],
    ["~: a\n'': b", dict([null, "a"], ["", "b"])],
    ["2001-01-01: a", dict([{ iso: "2001-01-01" } as never, "a"])],
    ["=: 1", dict(["=", 1])],
    ["a: {=: b}", dict(["a", dict(["=", "b"])])],
    ["!!str {=: b}", "b"],
    ["&a: 1", dict([null, 1])],
    ["&a : 1", dict([null, 1])],
    ["- &a b: 1\n- *a", [dict(["b", 1]), "b"]],
    ["&a x: *a", dict(["x", "x"])],
    ["x: &a\n  b: 1\ny: *a", dict(["x", dict(["b", 1])], ["y", dict(["b", 1])])],
    ["- &a c\n- *a : d", ["c", dict(["c", "d"])]],
    ["- &a c\n- {*a:d}", ["c", dict(["c", "d"])]],
  ])("%j", (text, value) => {
    expect(parseYaml(text)).toEqual(value);
  });
});

describe("merge keys", () => {
  test.each<[string, YamlValue]>([
    ["<<: {a: 1}\nb: 2", dict(["a", 1], ["b", 2])],
    ["a: 0\n<<: {a: 1, b: 2}", dict(["a", 0], ["b", 2])],
    ["<<: [{a: 1}, {a: 2, b: 3}]", dict(["a", 1], ["b", 3])],
    ["<<: {a: 1}\n<<: {a: 2}", dict(["a", 2])],
    ["<<: {<<: {a: 1}, b: 2}", dict(["a", 1], ["b", 2])],
    ["<<: !x {a: 1}", dict(["a", 1])],
    ["<<: {}", dict()],
    ["'<<': {a: 1}", dict(["<<", dict(["a", 1])])],
    ["!!set {<<: {a: 1}, b: }", Object.assign(new YamlSet(), { items: ["a", "b"] })],
  ])("%j", (text, value) => {
    expect(parseYaml(text)).toEqual(value);
  });
  test.each(["<<: 1", "<<: [1]", "<<: [[{a: 1}]]", "[<<]", "a: <<"])("%j is an error", (text) => {
    expect(fault(() => parseYaml(text))).toContain("INVALID_BUFFER");
  });
});

describe("lists and tagged collections", () => {
  const pairs = (...list: [YamlValue, YamlValue][]) => Object.assign(new YamlPairs(), { pairs: list });
  test.each<[string, YamlValue]>([
    ["- 1\n-\n- - 2\n  - 3", [1, null, [2, 3]]],
    ["[a, b: c, ? d : e, ]", ["a", dict(["b", "c"]), dict(["d", "e"])]],
    ["[? a]", [dict(["a", null])]],
    ["{?a: b}", dict(["a", "b"])],
    ["!!omap [a: 1, b: 2]", pairs(["a", 1], ["b", 2])],
    ["!!pairs [a: 1, a: !!float 2]", pairs(["a", 1], ["a", new Float(2)])],
    ["!!set {b, a, b}", Object.assign(new YamlSet(), { items: ["b", "a"] })],
    ["!!seq [a]", ["a"]],
    ["! [a]", ["a"]],
  ])("%j", (text, value) => {
    expect(parseYaml(text)).toEqual(value);
  });
  test.each([
    "!!omap {a: 1}",
    "!!omap [a]",
    "!!omap [{a: 1, b: 2}]",
    "!!pairs [{}]",
    "!!set [a]",
    "[,]",
    "{,}",
    "[a b: c, d",
    "[a}",
  ])("%j is an error", (text) => {
    expect(fault(() => parseYaml(text))).toContain("INVALID_BUFFER");
  });
  test("aliases are shared, and a list may contain itself", () => {
    const [first, second] = parseYaml("- &a [1]\n- *a") as YamlValue[];
    expect(second).toBe(first);
    const list = parseYaml("&a [*a]") as YamlValue[];
    expect(list[0]).toBe(list);
  });
  test.each([
    "*a",
    "[*a, &a b]",
    "[&a 1, &a 2]",
    "&a *a",
    "!!str *a",
    "? [a]\n: b",
    "{a: 1}: b",
    "&a {*a : b}",
    "!!set {[a]}",
  ])("%j is an error", (text) => {
    expect(fault(() => parseYaml(text))).toContain("INVALID_BUFFER");
  });
});

describe("PyYAML's own grammar", () => {
  test.each<[string, YamlValue]>([
    ["a: [\n1,\n]\nb: {\n}", dict(["a", [1]], ["b", dict()])],
    ["a: 'b\nc'", dict(["a", "b c"])],
    ["a: [b\nc]", dict(["a", ["b c"]])],
    ["a: 1\x85b: 2\u2028c: 3", dict(["a", 1], ["b", 2], ["c", 3])],
    ["- 'a'# b", ["a"]],
    ["a:\n|\n b", dict(["a", "b"])],
    ["[a #b\n,c]", ["a", "c"]],
    ["{'a':b,\"c\":d}", dict(["a", "b"], ["c", "d"])],
    ['a: "\u2029"', dict(["a", "\u2029"])],
    ["a\n...\n...", "a"],
    ["---\na\n...\n# b", "a"],
    ["--- |\n a\n...", "a\n"],
    ["--- &a\nb: c", dict(["b", "c"])],
    ["'a\ufeffb'", "a\ufeffb"],
    [`${"a".repeat(1024)}: b`, dict(["a".repeat(1024), "b"])],
    [`"${"\u{1f600}".repeat(1022)}": b`, dict(["\u{1f600}".repeat(1022), "b"])],
    [`? ${"a".repeat(2000)}\n: b`, dict(["a".repeat(2000), "b"])],
  ])("%j loads", (text, value) => {
    expect(parseYaml(text)).toEqual(value);
  });
  test.each([
    "a:\t1",
    "a: 1\t",
    "a\tb",
    "\ta",
    "- \ta",
    "a: 1\n\t\nb: 2",
    "[a,\tb]",
    "|\t\n a",
    "%YAML 1.1\t\n---\na",
    '"\x7f"',
    '"\x9f"',
    "a # \x80",
    "'\ufffe'",
    '"\ud800"',
    "\0",
    "--- a\n--- b",
    "a\n...\nb",
    "...",
    "--- a: b",
    "--- - a",
    "%YAML 1.1\na",
    "%YAML 2.0\n---\na",
    "%YAML 1.1\n%YAML 1.1\n---\na",
    "a\n---\nb",
    "[a\n---\n]",
    "'a\n---\n'",
    "@a",
    "`a",
    "%a",
    "|a",
    "a: b: c",
    "a: - b",
    "a: b\n- c",
    "a\nb: c",
    "'a\nb': c",
    "[a,\nb]: c",
    "{a\n: b}",
    "{: b}",
    "[: b]",
    ": b",
    "{a: b: c}",
    "[- a]",
    "[a ? b]",
    "a: ,",
    "]",
    "a: !!str, b",
    "[!!str, a]",
    "&a,b c",
    "& a",
    "&\u00e9 a",
    "'a' 'b'",
    "- 'a' b: c",
    `${"a".repeat(1025)}: b`,
    `"${"\u{1f600}".repeat(1023)}": b`,
    "a:\n  b: 1\n c: 2",
    "- a\n b: c\n",
    "|0\n a",
    "|12\n a",
    "|\n    \n  a",
  ])("%j is an error", (text) => {
    expect(fault(() => parseYaml(text))).toContain("INVALID_BUFFER");
  });
});

describe("anchors and tags before a key", () => {
  test.each<[string, YamlValue]>([
    ["k:\n  &a !!str foo: 1\ny: *a\n", dict(["k", dict(["foo", 1])], ["y", "foo"])],
    ["k:\n  !!str &a foo: 1\ny: *a\n", dict(["k", dict(["foo", 1])], ["y", "foo"])],
    ["k:\n  &a foo: 1\ny: *a\n", dict(["k", dict(["foo", 1])], ["y", "foo"])],
    ["k: &m !!map\n  &a !!str 1: 2\ny: [*m, *a]", dict(["k", dict(["1", 2])], ["y", [dict(["1", 2]), "1"]])],
    ['a:\n  !!str &a1 "foo":\n    !!str bar\n  &a2 baz : *a1', dict(["a", dict(["foo", "bar"], ["baz", "foo"])])],
    ["&a\n!!str &b foo: 1\nx: *b", dict(["foo", 1], ["x", "foo"])],
    ["- &a !!str b: *a", [dict(["b", "b"])]],
    ["k:\n  &a : 1\ny: *a", dict(["k", dict([null, 1])], ["y", null])],
    ["k: &a\n- 1\ny: *a", dict(["k", [1]], ["y", [1]])],
    ["&a [b]: c", "error"],
  ])("%j", (text, value) => {
    if (value === "error") expect(fault(() => parseYaml(text))).toContain("INVALID_BUFFER");
    else expect(parseYaml(text)).toEqual(value);
  });
  test.each([
    "k:\n  &a &b foo: 1",
    "k:\n  !!str !!str foo: 1",
    "k:\n  &a !!str &b foo: 1",
    "k:\n  !!str &a !!str foo: 1",
    "k: &a\n  &a foo: 1",
    "&a &b c",
    "[!!str !!str a]",
    "k: &a\n  *a : 1",
  ])("%j is an error", (text) => {
    expect(fault(() => parseYaml(text))).toContain("INVALID_BUFFER");
  });
});

describe("signs that touch what stands beside them", () => {
  test.each<[string, YamlValue]>([
    ["[?x]", [dict(["x", null])]],
    ["[?]", [dict([null, null])]],
    ["{?a: 1}", dict(["a", 1])],
    ["{a, ?}", dict(["a", null], [null, null])],
    ["{?'a':1}", dict(["a", 1])],
    ["[? :b]", [dict([null, "b"])]],
    ["[?x : y, z]", [dict(["x", "y"]), "z"]],
    ["&a:b", ":b"],
    ["a: &b:c d", dict(["a", ":c d"])],
    ["[&a]", [null]],
    ["[&a,*a]", [null, null]],
    ["{&a:b}", dict([null, "b"])],
    ["{a: &b}", dict(["a", null])],
    ["&a@b", "error"],
    ["&a]", "error"],
    ["&a,b", "error"],
    ["---\n  &a\nb: c", dict(["b", "c"])],
    ["---\n  !!map\nb: c", dict(["b", "c"])],
  ])("%j", (text, value) => {
    if (value === "error") expect(fault(() => parseYaml(text))).toContain("INVALID_BUFFER");
    else expect(parseYaml(text)).toEqual(value);
  });
});

describe("mappings that merge themselves", () => {
  test.each<[string, YamlValue]>([
    ["&a {<<: *a, b: 1}", dict(["b", 1])],
    ["&a {<<: *a, x: 1, <<: {y: 2}}", dict(["y", 2], ["x", 1])],
    ["&a {<<: [*a, {b: 1}], b: 2, <<: {c: 3}}", dict(["b", 2], ["c", 3])],
  ])("%j", (text, value) => {
    expect([...(parseYaml(text) as Map<string, YamlValue>)]).toEqual([...(value as Map<string, YamlValue>)]);
  });
});
