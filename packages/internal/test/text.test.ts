import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { isPrintable, pythonRepr } from "../src/python-repr.ts";
import { describe, oneLine, quote, showPath } from "../src/text.ts";
import { backoff } from "../src/timers.ts";

test("nothing that is quoted or shown as a path can steer a terminal or break a line", () => {
  for (let unit = 0; unit < 0x100; unit++) {
    const character = String.fromCharCode(unit);
    for (const shown of [quote(character), showPath(`a${character}b`)]) expect(shown).not.toMatch(/\p{Cc}/u);
  }
  expect(showPath("a/b c")).toBe("a/b c");
  expect(showPath("a\nb")).toBe('"a\\nb"');
});

test.each([
  ["a".repeat(100), `"${"a".repeat(80)}…"`],
  [null, "null"],
  [undefined, "undefined"],
  [1.5, "1.5"],
  [5n, "5"],
  [[1, 2], "an array of 2"],
  [new Uint16Array(2), "Uint16Array of 4 bytes"],
  [new Map(), "an object (Map)"],
  [() => 1, "a function"],
  [Symbol("s"), "a symbol"],
])("a wrong argument is described in a few words", (value, text) => {
  expect(describe(value)).toBe(text);
});

test("what was thrown is one line of bounded length, also from another realm, also when it is no error", () => {
  expect(oneLine(new Error("a\n  b\tc "))).toBe("a b c");
  expect(oneLine(runInNewContext("new Error('foreign')"))).toBe("foreign");
  expect(oneLine("text")).toBe("text");
  expect(oneLine(undefined)).toBe("undefined");
  expect(oneLine(new Error("x".repeat(500)))).toHaveLength(401);
  expect(oneLine({ message: 5 })).toBe("[object Object]");
});

test("waits double up to the longest, shortened by up to a half", () => {
  const even = backoff(100, 1000, () => 0);
  expect([1, 2, 3, 4, 5, 6, 2000].map(even)).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
  const shortest = backoff(100, 1000, () => 0.999_999);
  expect([1, 2, 5].map((failures) => Math.round(shortest(failures)))).toEqual([50, 100, 500]);
});

test.each([
  ["a", "'a'"],
  ["it's", `"it's"`],
  [`it's "it"`, `'it\\'s "it"'`],
  ["\\\n\r\t\0\x7f", "'\\\\\\n\\r\\t\\x00\\x7f'"],
  ["é\u00ad\u3000", "'é\\xad\\u3000'"],
  ["\u{1f600}\u{10ffff}\ud800", "'\u{1f600}\\U0010ffff\\ud800'"],
])("text as Python's repr writes it", (text, repr) => {
  expect(pythonRepr(text)).toBe(repr);
});

test("printable are as many characters as CPython 3.13 says", () => {
  let printable = 0;
  for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) if (isPrintable(codePoint)) printable++;
  expect(printable).toBe(149_625);
});

test("control characters and lone surrogates are what Unicode says, in every plane", () => {
  for (let point = 0; point <= 0x10_ffff; point++) {
    const text = String.fromCodePoint(point);
    const unsafe = /[\\\p{Cc}\p{Surrogate}]/u.test(text);
    if ((showPath(text) !== text) !== unsafe) expect.fail(`U+${point.toString(16)} in a path`);
    if (/\p{Cc}/u.test(quote(text))) expect.fail(`U+${point.toString(16)} in quotes`);
  }
});
