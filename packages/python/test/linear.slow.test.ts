import { beforeAll, describe, expect, test } from "vitest";
import { isValidPython, loadPython, pythonError } from "../src/index.ts";
import { CHAINS } from "./support/chains.ts";
import { countWork, moreThanLinear, type Work } from "./support/work.ts";

beforeAll(() => loadPython());

describe("four times the text is four times the work", () => {
  test.each(Object.entries(CHAINS))("%s", (_, chain) => {
    const [one, four] = [250, 1000].map((count) => countWork(() => isValidPython(chain(count)))) as [Work, Work];
    expect(moreThanLinear(one, four)).toEqual([]);
    expect(four.characters).toBeLessThanOrEqual(40 * chain(1000).length + 2000);
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
