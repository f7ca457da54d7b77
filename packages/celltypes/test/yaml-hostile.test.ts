import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_DEPTH, MAX_TEXT, parseYaml, yamlToJson } from "../src/yaml/index.ts";
import { fault } from "./support/yaml-faults.ts";

const read = (text: string) => yamlToJson(parseYaml(text));
const WORDS = [
  ..."ab1~<=.-?:,[]{}#&*!|>'\"%@`\\ \t\n\r",
  ...[
    "- ",
    ": ",
    "? ",
    "\n  ",
    "\n- ",
    "&a ",
    "*a",
    "!!str ",
    "!!set ",
    "!!omap ",
    "<<: ",
    "|\n",
    ">-\n ",
    "---\n",
    "\n...\n",
  ],
  ...[
    "%YAML 1.1\n",
    "2001-01-01",
    "0x",
    "1:30",
    ".inf",
    "\x85",
    "\u2028",
    "\ufeff",
    "\ud800",
    "\u{1f600}",
    "__proto__",
    "é",
  ],
];

describe("any text", () => {
  test("gives a value or an error of ours", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        fault(() => read(text));
      }),
      { numRuns: 2000 },
    );
  });
  test("made of YAML's signs, too", () => {
    const text = fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }).map((words) => words.join(""));
    fc.assert(
      fc.property(text, (words) => {
        fault(() => read(words));
      }),
      { numRuns: 20_000 },
    );
  });
  test("JSON is read as what it is", () => {
    // Without what YAML 1.1 reads otherwise: escapes of surrogates, exponents without a point, its line breaks and control characters.
    const text = fc
      .jsonValue({ maxDepth: 4 })
      .map((value) => JSON.stringify(value, (_, part) => (typeof part === "number" ? Math.trunc(part % 1e6) : part)))
      .filter((source) => !/\\u|[\x7f-\x9f\u2028\u2029\ufffe\uffff]/.test(source));
    fc.assert(
      fc.property(text, (source) => {
        expect(read(source)).toEqual(withMaps(JSON.parse(source)));
      }),
    );
  });
});

function withMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMaps);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([key, part]) => [key, withMaps(part)]));
}

describe("one megabyte of trouble is over soon", () => {
  const fill = (part: string, length = 1_000_000) => part.repeat(Math.ceil(length / part.length)).slice(0, length);
  const lines = (count: number, line: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => line(i)).join("\n");
  const doubled = (i: number) => `- &a${i + 1} {<<: [*a${i}, *a${i}]}`;
  test.each<[string, string, string]>([
    ["open brackets", fill("["), "TOO_LARGE"],
    ["open braces", fill("{a: "), "TOO_LARGE"],
    ["dashes", fill("- "), "TOO_LARGE"],
    ["question marks", fill("? "), "TOO_LARGE"],
    ["stairs", lines(1400, (i) => `${" ".repeat(i)}a:`), "TOO_LARGE"],
    ["colons", fill(": "), "INVALID_BUFFER"],
    ["bangs", fill("!"), "INVALID_BUFFER"],
    ["anchors", fill("&a &b\n"), "INVALID_BUFFER"],
    ["a long tag", `!${fill("a")}`, "INVALID_BUFFER"],
    ["an open quote", `'${fill("a\n")}`, "INVALID_BUFFER"],
    ["backslashes", `"${fill("\\")}"`, "no error"],
    ["blank lines", fill(" \n"), "no error"],
    ["blank lines in a scalar", `a${fill("\n")}b`, "no error"],
    ["comments", fill("#\n"), "no error"],
    ["byte order marks", fill("\ufeff #\n"), "INVALID_BUFFER"],
    ["a block scalar of blank lines", `|+\n${fill("\n")}`, "no error"],
    ["a key of a megabyte", `${fill("a")}: b`, "INVALID_BUFFER"],
    ["digits", fill("1"), "INVALID_BUFFER"],
    ["digits to base 16", `0x${fill("f")}`, "no error"],
    ["digits to base 60", `1${fill(":59", 999_999)}`, "no error"],
    ["a float to base 60", `1${fill(":59", 999_999)}.5`, "INVALID_BUFFER"],
    ["nested pairs", `${"[".repeat(400)}${fill("a,", 500_000)}${"]: x".repeat(400)}`, "INVALID_BUFFER"],
    ["tags in depth", lines(480, (i) => `${" ".repeat(i)}!!map &a${i}\n${" ".repeat(i)}k:`), "no error"],
    ["merges that multiply", `- &a0 {a: 1, b: 2}\n${lines(400, doubled)}`, "TOO_LARGE"],
    ["merges in depth", `x: [&a0 {a: b}${lines(9000, (i) => `, &a${i + 1} {<<: *a${i}}`)}]\n<<: *a9000`, "TOO_LARGE"],
    ["one mapping merged often", `- &m {${fill("a,", 100_000)}}\n${fill("- {<<: *m}\n", 495_000)}`, "TOO_LARGE"],
    ["document ends", `a\n${fill("...\n")}`, "no error"],
    ["directives", `${fill("%A\n", 999_999)}--- a`, "no error"],
  ])("%s", (_, text, expected) => {
    const start = performance.now();
    expect(fault(() => read(text))).toContain(expected);
    // A second on a quiet machine; what grows with the square of the length takes minutes.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
  test("items by the hundred thousand", () => {
    expect(read(fill("- a\n"))).toHaveLength(250_000);
    expect(read(`[${fill("a,")}]`)).toHaveLength(500_000);
  });
});

describe("limits", () => {
  test("of depth", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(fault(() => read(nested(MAX_DEPTH)))).toBe("no error");
    expect(fault(() => read(nested(MAX_DEPTH + 1)))).toMatch(/^TOO_LARGE.*490 levels/);
    expect(fault(() => read(`${"- ".repeat(MAX_DEPTH)}a`))).toBe("no error");
    expect(fault(() => read(`${"- ".repeat(MAX_DEPTH + 1)}a`))).toMatch(/^TOO_LARGE/);
  });
  test("of length", () => {
    expect(fault(() => read(" ".repeat(MAX_TEXT)))).toBe("no error");
    expect(fault(() => read(" ".repeat(MAX_TEXT + 1)))).toMatch(/^TOO_LARGE.*16777216 characters/);
  });
  test("of numbers", () => {
    expect(fault(() => read(`0x${"f".repeat(2 ** 20 - 2)}`))).toBe("no error");
    expect(fault(() => read(`0x${"f".repeat(2 ** 20 - 1)}`))).toMatch(/^TOO_LARGE.*1048576 characters/);
  });
  test.each([
    ["a plain scalar", "a".repeat(MAX_TEXT)],
    ["a quoted one", `"${"a".repeat(MAX_TEXT - 2)}"`],
    ["a tag", `!${"a".repeat(MAX_TEXT - 1)}`],
    ["a tag handle", `%TAG !${"a".repeat(MAX_TEXT - 6)}`],
    ["number", `0${"7".repeat(MAX_TEXT - 1)}`],
    ["number to base 60", `1${":5".repeat(MAX_TEXT / 2 - 2)}.5`],
    ["almost a number", `1${":5".repeat(MAX_TEXT / 2 - 2)} x`],
    ["explicit number", `!!float 1${":5".repeat(MAX_TEXT / 2 - 8)}`],
  ])("the longest %s is no matter of the stack", (_, text) => {
    fault(() => read(text));
  });
});
