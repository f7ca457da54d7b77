import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { isValidPython, loadPython, pythonError } from "../src/index.ts";
import { CHAINS } from "./support/chains.ts";

beforeAll(() => loadPython());

const TOKENS =
  "a é 𝐓 0 1_0 0x 1e5 1j . ... , ; : := = == != -> + - * ** / // % @ & | ^ ~ < > << >> ( ) [ ] { } ' \" ''' \"\"\" f' f\" rb' t' " +
  "\\ ! ? $ ` # #é if else elif for in while try except finally with as def class return yield from await async lambda not " +
  "and or is del pass raise global nonlocal import assert match case type _ None True False \0 \ud800 \ufeff \x0c \r";

const token = fc.constantFrom(...TOKENS.split(" "), " ", "\n", "\n ", "\n  ", "\t", "\\\n", "{a:", "!r}");
const soup = fc
  .array(fc.tuple(token, fc.constantFrom("", " ", "\n")), { maxLength: 60 })
  .map((all) => all.flat().join(""));
const deep = fc
  .tuple(soup, token, fc.integer({ min: 1, max: 5000 }), soup)
  .map(([before, repeated, count, after]) => `${before}${`${repeated} `.repeat(count)}${after}`);
const chain = fc
  .tuple(soup, fc.constantFrom(...Object.values(CHAINS)), fc.integer({ min: 1, max: 5000 }), soup)
  .map(([before, make, count, after]) => before + make(count) + after);
const text = fc.oneof({ weight: 12, arbitrary: soup }, { weight: 4, arbitrary: deep }, { weight: 2, arbitrary: chain });

test("token soup: no hang, no error, and both functions agree", () => {
  fc.assert(
    fc.property(text, (source) => {
      const error = pythonError(source);
      expect(isValidPython(source)).toBe(error === undefined);
      if (error === undefined) return;
      const lines = source.split(/\r\n?|\n/);
      expect(error.line).toBeLessThanOrEqual(lines.length);
      expect(error.column).toBeLessThanOrEqual([...lines[error.line - 1]!].length + 1);
    }),
    { numRuns: 1_000 },
  );
});
