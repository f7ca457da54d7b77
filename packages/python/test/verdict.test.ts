import { isSeamlessError } from "@seamless/checksum";
import { beforeAll, describe, expect, test } from "vitest";
import { isValidPython, loadPython, pythonError } from "../src/index.ts";

beforeAll(() => loadPython());

const nested = (count: number, open: string, close: string) => `${open.repeat(count)}1${close.repeat(count)}`;

/** `levels` blocks in each other, each indented by one more of a character. */
const blocks = (levels: number, indent = " ") =>
  `${Array.from({ length: levels }, (_, i) => `${indent.repeat(i)}if x:\n`).join("")}${indent.repeat(levels)}x\n`;

/** What CPython 3.13 says; the last that it accepts, and the first that it refuses. */
const LIMITS: readonly (readonly [string, string, string])[] = [
  ["brackets", nested(200, "(", ")"), nested(201, "(", ")")],
  ["brackets of all kinds", nested(100, "[{", "}]"), `(${nested(100, "[{", "}]")})`],
  ["brackets in an f-string", `f'{${nested(199, "(", ")")}}'`, `f'{${nested(200, "(", ")")}}'`],
  ["f-strings in each other", nested(120, "f'{", "}'"), nested(150, "f'{", "}'")],
  ["fields in each other", "f'{a:{b:{c}}}'", "f'{a:{b:{c:{d}}}}'"],
  ["indents", blocks(99), blocks(100)],
  ["indents by tabs", blocks(99, "\t"), blocks(100, "\t")],
  ["digits", "9".repeat(4300), "9".repeat(4301)],
  ["digits with underscores", `9${"_9".repeat(4299)}`, `9${"_9".repeat(4300)}`],
];

const ACCEPTED: readonly string[] = [
  // Zeros, floats, imaginary and other bases have no limit.
  "0".repeat(5000),
  `${"9".repeat(5000)}.0`,
  `${"9".repeat(5000)}e1`,
  `${"9".repeat(5000)}j`,
  `0x${"f".repeat(5000)}`,
  `# ${"(".repeat(300)}`,
  `'${"(".repeat(300)}'`,
  `# ${"9".repeat(5000)}`,
  "if x:\n\ty\n\tz",
  "if x:\n\tif y:\n\t        z",
  "if x:\n        y\n# c\n\t# d",
  "(x): int",
  "((x.y)): int",
  "(x + y).z: int",
  "(x).y = 1",
  "x = yield",
  "(yield), y",
  "((yield) for x in y)",
  "(yield [a for a in b])",
  "yield\nfor a in b: pass",
  "# x = yield, y",
  // The parser is wrong about these, but not about what it gets for them.
  "raise;",
  "if x: raise ; x",
  "import re; match = re.match('a', b)",
  "x; match(a)",
  // Comments beside long lines of other letters break it down.
  "x = 'éééééééééééééééééééééééé' # é",
  "x = 1 \\\n# c",
  "x = 1 \\\n# c\n",
  "𝓷𝓪𝓶𝓮 = 1",
  "'Ɤ' # Ɤ",
  "'𝐓𝐫𝐮𝐞'",
];

const REFUSED: readonly string[] = [
  "'\0'",
  "# \0",
  "'\ud800'",
  "# \udc00\ud800",
  "\ufeffx",
  "if x:\n\tif y:\n        z",
  "if x:\n        y\n\tz",
  "if x:\n  y\n z",
  "(x).y: int",
  "((x.y))[0]: int = 1",
  "x = yield, y",
  "yield / x",
  "x = yield if a else b",
  "(yield\n, y)",
  "(yield x for x in y)",
  "f((yield x async for x in y) for z in w)",
  "((x) := 1)",
  "x = 𝐓𝐫𝐮𝐞",
  "x.𝐍𝐨𝐧𝐞",
  "Ɤ = 1",
  "f((a)=1)",
  "t'x'",
  "try: pass\nexcept A, B: pass",
  "[*a for a in b]",
  "lazy import x",
  "# ruff: noqa\nt'x'",
  "# /// script\n# requires-python = '>=3.14'\n# ///\nt'x'",
  "raise; match x:\n  case 1: pass",
];

describe("what is easy to get wrong", () => {
  test.each(LIMITS)("%s", (_, last, first) => {
    expect([isValidPython(last), isValidPython(first)]).toEqual([true, false]);
  });

  test.each(ACCEPTED.map((text) => [text]))("accepted: %j", (text) => {
    expect(pythonError(text)).toBeUndefined();
  });

  test.each(REFUSED.map((text) => [text]))("refused: %j", (text) => {
    expect(isValidPython(text)).toBe(false);
  });
});

describe("where the error is", () => {
  const PLACES: readonly (readonly [string, number, number, RegExp])[] = [
    ["if x:\nprint(x)", 2, 1, /indented block/],
    ["a\r\nb\rc d", 3, 3, /./],
    // In characters: not in bytes, nor in halves of a pair.
    ["é𝐓 = 1; f(a b)", 1, 13, /./],
    ["é𝐓 = 1; f((a)=1)", 1, 11, /keyword/],
    ["x\n'𝐓\0'", 2, 3, /null/],
    ["a\ud800", 1, 2, /surrogate/],
    ["\ufeff", 1, 1, /byte order mark/],
    ["x\n\ty", 2, 1, /indent/],
    ["if x:\n\ty\n        z", 3, 9, /tabs and spaces/],
    ["(\n𝐓, yield, 2)", 2, 4, /yield/],
    ["a = 1 # é\nb = Ɤ", 2, 5, /U\+A7CB/],
    ["(", 1, 2, /./],
    ["(# a", 1, 5, /./],
  ];
  test.each(PLACES)("%j", (text, line, column, message) => {
    expect(pythonError(text)).toEqual({ line, column, message: expect.stringMatching(message) });
  });
});

test("the text must be a string", () => {
  const codes = [isValidPython, pythonError].map((check) => {
    try {
      check(1 as unknown as string);
      return undefined;
    } catch (error) {
      return isSeamlessError(error) ? error.code : error;
    }
  });
  expect(codes).toEqual(["INVALID_ARGUMENT", "INVALID_ARGUMENT"]);
});
