import { describe, expect, test } from "vitest";
import { Float } from "../src/values.ts";
import { parseYaml, type YamlValue, yamlToJson } from "../src/yaml/index.ts";
import { MAX_EXPANDED } from "../src/yaml/values.ts";
import { fault } from "./support/yaml-faults.ts";

const json = (text: string) => yamlToJson(parseYaml(text));

test("what JSON has stays as it is", () => {
  const value = json("a: [1, 1.0, 1.5, x, yes, ~, 99999999999999999999]\nb: {}");
  const list = [1, new Float(1), 1.5, "x", true, null, 99999999999999999999n];
  expect(value).toEqual(
    new Map<string, unknown>([
      ["a", list],
      ["b", new Map()],
    ]),
  );
});

test("dates and times are ISO strings", () => {
  expect(json("[2001-02-03, 2001-02-03 4:05:06.7 +1]")).toEqual(["2001-02-03", "2001-02-03T04:05:06.700000+01:00"]);
});

test("!!omap and !!pairs are lists of pairs", () => {
  expect(json("[!!omap [a: 1, b: {c: 2}], !!pairs [], !!pairs [1: 2]]")).toEqual([
    [
      ["a", 1],
      ["b", new Map([["c", 2]])],
    ],
    [],
    [[1, 2]],
  ]);
});

test("what is aliased is written where it stands", () => {
  expect(json("- &a [1]\n- *a")).toEqual([[1], [1]]);
});

test("what is JSON already is not copied, and what is not leaves the value as it was", () => {
  const value = parseYaml("a: [1, {b: [x]}]\nc: {d: 1, e: 2020-01-01, f: 2}") as Map<string, unknown>;
  const [list, dict] = [...value.values()];
  const form = yamlToJson(value as never) as Map<string, unknown>;
  expect([...form]).toEqual([
    ["a", [1, new Map([["b", ["x"]]])]],
    [
      "c",
      new Map<string, unknown>([
        ["d", 1],
        ["e", "2020-01-01"],
        ["f", 2],
      ]),
    ],
  ]);
  expect(form.get("a")).toBe(list);
  expect(form.get("c")).not.toBe(dict);
  expect((dict as Map<string, unknown>).get("e")).toEqual({ iso: "2020-01-01" });
});

test("its depth is no matter of the stack", () => {
  const chain = `- &a0 []\n${Array.from({ length: 990 }, (_, i) => `- &a${i + 1} {k: [*a${i}]}\n`).join("")}`;
  const deepest = (parseYaml(chain.slice(0, chain.indexOf("- &a490"))) as YamlValue[]).at(-1)!;
  const dive = (frames: number): unknown => (frames === 0 ? yamlToJson(deepest) : dive(frames - 1));
  expect(dive(1000)).toBe(deepest);
});

describe("no JSON form", () => {
  test.each([
    ["a: [.nan]", ["a", 0], "NaN"],
    ["-.inf", [], "Infinity"],
    ["a: {1: x}", ["a"], "key"],
    ["{2001-01-01: x}", [], "key"],
    ['{"\\ud800": x}', [], "key"],
    ["[!!binary aGk=]", [0], "binary"],
    ["[!!set {a}]", [0], "set"],
    ['["\\ud83d\\ude00"]', [0], "surrogates"],
    ['"\\udc00"', [], "surrogates"],
    ["&a [b, *a]", [1], "contains itself"],
    ["&a {b: {c: *a}}", ["b", "c"], "contains itself"],
    ["!!omap [a: .nan]", [0, 1], "NaN"],
  ])("%s", (text, path, message) => {
    expect(() => json(text)).toThrow(expect.objectContaining({ code: "INVALID_VALUE", path }));
    expect(fault(() => json(text))).toContain(message);
  });
});

describe("aliases that multiply", () => {
  const doubling = (first: string) =>
    [`- &a0 ${first}`, ...Array.from({ length: 60 }, (_, i) => `- &a${i + 1} [*a${i}, *a${i}]`)].join("\n");
  test.each(["x", "[]", "{a: b}"])("%s, 2^60 times", (first) => {
    const value = parseYaml(doubling(first));
    expect(fault(() => yamlToJson(value))).toMatch(/^TOO_LARGE.*50000000/);
  });
  test("one long string", () => {
    const text = `- &a "${"x".repeat(MAX_EXPANDED / 1000)}"\n${"- *a\n".repeat(1001)}`;
    expect(fault(() => json(text))).toContain("TOO_LARGE");
  });
  test("in depth", () => {
    const text = `- &a0 []\n${Array.from({ length: 20_000 }, (_, i) => `- &a${i + 1} [*a${i}]\n`).join("")}`;
    expect(fault(() => json(text))).toMatch(/^TOO_LARGE.*1000 levels/);
    const upsideDown = `&r [${Array.from({ length: 2000 }, (_, i) => `&a${i} [${i === 0 ? "" : `*a${i - 1}`}]`).join(",")}]`;
    expect(fault(() => json(upsideDown))).toMatch(/^TOO_LARGE.*1000 levels/);
  });
});
