import { beforeAll, describe, expect, test } from "vitest";
import { Cursor } from "../src/grammar/cursor.ts";
import { isValidPython, loadPython, pythonError } from "../src/index.ts";
import { Tokenizer } from "../src/ipython/tokenizer/tokenizer.ts";
import { CHAINS } from "./support/chains.ts";

beforeAll(() => loadPython());

/** What a verdict takes: tokens that are read, steps through them, and characters looked at or copied. */
interface Work {
  tokens: number;
  steps: number;
  characters: number;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Methods that count, on which object, and what each call counts. */
const COUNTED: readonly (readonly [keyof Work, object, string, (result: unknown) => number])[] = [
  ["tokens", Tokenizer.prototype, "next", () => 1],
  ["steps", Cursor.prototype, "advance", () => 1],
  ["steps", Cursor.prototype, "peek", () => 1],
  ["characters", String.prototype, "charCodeAt", () => 1],
  ["characters", String.prototype, "codePointAt", () => 1],
  ["characters", String.prototype, "slice", (result) => (result as string).length],
];

function work(text: string): Work {
  const counts: Work = { tokens: 0, steps: 0, characters: 0 };
  const undo = COUNTED.map(([of, target, name, weigh]) => {
    const methods = target as Record<string, Method>;
    const method = methods[name]!;
    methods[name] = function (...args) {
      const result = method.apply(this, args);
      counts[of] += weigh(result);
      return result;
    };
    return () => {
      methods[name] = method;
    };
  });
  try {
    isValidPython(text);
  } finally {
    for (const restore of undo) restore();
  }
  return counts;
}

describe("four times the text is four times the work", () => {
  test.each(Object.entries(CHAINS))("%s", (_, chain) => {
    const [one, four] = [work(chain(250)), work(chain(1000))];
    // What does not depend on the length of the text: where it begins and ends.
    const fixed = 2000;
    for (const of of ["tokens", "steps", "characters"] as const) {
      expect(four[of], of).toBeLessThanOrEqual(4 * one[of] + fixed);
      expect(four[of], of).toBeLessThanOrEqual(40 * chain(1000).length + fixed);
    }
  });
});

describe("no chain is too long", () => {
  test.each(Object.entries(CHAINS))("%s", (_, chain) => {
    expect(pythonError(chain(100_000))).toBeUndefined();
  });

  test.each(Object.entries(CHAINS))("%s, with an error at the end", (_, chain) => {
    expect(isValidPython(`${chain(20_000)}\n)`)).toBe(false);
  });
});

describe("what is nested as deeply as CPython allows", () => {
  const deep = (count: number, open: string, inner: string, close: string) =>
    open.repeat(count) + inner + close.repeat(count);

  test("is read in little of the stack", () => {
    const lambdas = deep(90, "(lambda x=", "1", ": 1)");
    const strings = deep(90, "f'{", lambdas, "}'");
    const blocks = Array.from({ length: 99 }, (_, i) => `${" ".repeat(i)}if x:\n`).join("");
    const text = `${blocks}${" ".repeat(99)}x = ${strings}\n`;
    expect(pythonError(text)).toBeUndefined();
    // As from far down in somebody's own recursion: half of the stack is in use.
    const below = (depth: number): boolean => (depth === 0 ? isValidPython(text) : below(depth - 1));
    expect(below(3000)).toBe(true);
  });

  test("lambdas in the defaults of lambdas are refused at a depth that CPython does not reach", () => {
    expect(isValidPython(deep(50, "lambda x=", "1", ": 1"))).toBe(true);
    expect(pythonError(deep(100_000, "lambda x=", "1", ": 1"))?.message).toBe("too many nested lambdas");
  });
});
