import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { compose } from "../src/yaml/compose.ts";
import { KeyIdentities } from "../src/yaml/construct.ts";
import { MAX_DEPTH, MAX_TEXT, TextBuilder } from "../src/yaml/cursor.ts";
import { parseYaml, yamlToJson } from "../src/yaml/index.ts";
import { Scanner } from "../src/yaml/scanner.ts";
import { TagNames } from "../src/yaml/tags.ts";
import { STREAM_END } from "../src/yaml/tokens.ts";
import { countReads } from "./support/counted-text.ts";
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

/** How often a character is looked at, at most, whatever stands around it. */
const READS = 16;

describe("one megabyte of trouble costs in proportion", () => {
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
    ["items of one character", `[${fill("a,")}]`, "no error"],
    ["pairs without anything in them", `[${fill("?,")}]`, "INVALID_VALUE"],
    ["keys of one character", `{${fill("a,")}}`, "no error"],
    ["dicts of one key", `[${fill("a:,", 999_999)}]`, "no error"],
    ["aliases", `[&a x,${fill("*a ,")}]`, "no error"],
    ["anchors", lines(100_000, (i) => `- &a${i} x`), "no error"],
    ["words", fill("a "), "no error"],
    ["lines of a scalar", fill("a\n"), "no error"],
    ["escapes", `"${fill("\\x41")}"`, "no error"],
    ["white space before line breaks", `'${fill("      \n", 999_999)}'`, "no error"],
    [
      "characters beyond 16 bits in what may be keys",
      `[${fill(`{"${"\u{1f600}".repeat(600)}", ${fill("a,", 900)}},`, 998_718)}]`,
      "no error",
    ],
    ["keys that end at 1,024 characters", `[${fill(`{${fill("a,", 1020)}},`, 999_471)}]`, "no error"],
    ["tags with a long prefix", `%TAG !e! ${fill("x", 500_000)}\n---\n${fill("- <<: !e!a {}\n", 499_996)}`, "no error"],
    ["indents of a thousand", `a:\n${lines(1000, (i) => `${" ".repeat(1000)}k${i}: 1`)}`, "no error"],
    [
      "a merged list of empty mappings",
      `- &e {}\n- &l [${fill("*e ,", 500_000)}]\n${fill("- {<<: *l}\n", 495_000)}`,
      "TOO_LARGE",
    ],
    [
      "a default value behind many keys",
      `- &b {${fill("a,", 500_000)}=: x}\n${fill("- !!str {=: *b}\n", 496_000)}`,
      "no error",
    ],
  ])("%s", (_, text, expected) => {
    const { reads, result } = countReads(text, (counted) => fault(() => read(counted)));
    expect(result).toContain(expected);
    expect(reads).toBeLessThan(READS * text.length);
  });
  test("items by the hundred thousand", () => {
    expect(read(fill("- a\n"))).toHaveLength(250_000);
    expect(read(`[${fill("a,")}]`)).toHaveLength(500_000);
  });
});

describe("nesting is refused where it gets too deep, before the rest is looked at", () => {
  test.each<[string, (levels: number) => string]>([
    ["brackets", (levels) => "[".repeat(levels)],
    ["braces", (levels) => "{a: ".repeat(levels)],
    ["pairs in brackets", (levels) => "[a: ".repeat(levels)],
    ["dashes", (levels) => "- ".repeat(levels)],
    ["question marks", (levels) => "? ".repeat(levels)],
    ["lists below keys", (levels) => Array.from({ length: levels }, (_, i) => `a:\n${" ".repeat(2 * i)}- `).join("")],
    ["keys below keys", (levels) => Array.from({ length: levels }, (_, i) => `${" ".repeat(i)}a:\n`).join("")],
  ])("%s", (_, nest) => {
    const [few, many] = [500, 2000].map((levels) => countReads(nest(levels), (text) => fault(() => parseYaml(text))));
    expect(few!.result).toMatch(/^TOO_LARGE.*490 levels/);
    expect(many).toEqual(few);
  });
});

describe("what a text of many parts costs", () => {
  const list = `[${"a, 'b', ".repeat(1000)}]`;
  test("an item is a node, and a text that stands in the source is not built", () => {
    const append = vi.spyOn(TextBuilder.prototype, "append");
    const push = vi.spyOn(TextBuilder.prototype, "push");
    expect(compose(list)!.nodes.count).toBe(2001);
    expect(append.mock.calls.length + push.mock.calls.length).toBe(0);
    vi.restoreAllMocks();
  });
  test("tokens are used again", () => {
    const [few, many] = [1, 4].map((times) => {
      const scanner = new Scanner(list.repeat(times), new TagNames());
      const tokens = new Set<unknown>();
      for (; scanner.peek().kind !== STREAM_END; scanner.take()) tokens.add(scanner.peek());
      return tokens.size;
    });
    // As many as fit into what may be a key.
    expect(few).toBeLessThan(1024);
    expect(many).toBe(few);
  });
  test.each(["0x1234567890abcdef1234567890abcdef", "!!binary aGVsbG8=", '"\\ud800"'])(
    "a long key, %s, is written out once, however often it is an alias",
    (key) => {
      const text = vi.spyOn(KeyIdentities.prototype, "of");
      const bigint = vi.spyOn(BigInt.prototype, "toString");
      const join = vi.spyOn(Uint8Array.prototype, "join");
      const value = parseYaml(`- &k ${key}\n- {${"*k : 1, ".repeat(1000)}*k : 2}`) as [unknown, Map<unknown, unknown>];
      expect(text).toHaveBeenCalledTimes(1001);
      expect(new Set(text.mock.results.map(({ value }) => value)).size).toBe(1);
      expect(bigint.mock.calls.length + join.mock.calls.length).toBeLessThan(2);
      vi.restoreAllMocks();
      expect([...value[1].values()]).toEqual([2]);
    },
  );
  test("of a tag that means nothing only the beginning is kept", () => {
    const names = new TagNames();
    const number = names.number("x".repeat(1000), "y".repeat(1000));
    expect(names.name(number).length).toBeLessThan(100);
    expect(names.number("x".repeat(1000), "z")).toBe(number);
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
