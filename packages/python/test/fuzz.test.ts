import { isSeamlessError } from "@seamless/checksum";
import * as fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { isValidPython, loadPython, pythonError } from "../src/index.ts";
import { TRAPS } from "./support/traps.ts";

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
const trap = fc.constantFrom(...Object.values(TRAPS));
const text = fc.oneof({ weight: 12, arbitrary: soup }, { weight: 4, arbitrary: deep }, { weight: 1, arbitrary: trap });

/** Verdicts that are known, of texts that go through all there is. */
const PROBES: readonly (readonly [string, boolean])[] = [
  ["def f(a, /, *b, c=1, **d) -> e:\n  return [x async for x in y if (z := x)]\n", true],
  ["match x:\n  case {'a': [1, *_]} | A(b=2): f'{x!r:>{y}}'\n", true],
  ["class A[T](B): x: int = lambda: (yield)\n", true],
  ["def f(a, *, **b): pass", false],
  ["x = [1, 2", false],
  ["f(**a, *b)", false],
  ["f((a)=1)", false],
];

/** `undefined` if the parser broke down; it has been loaded again then. */
async function unlessBroken<T>(ask: () => T): Promise<T | undefined> {
  try {
    return ask();
  } catch (error) {
    if (!isSeamlessError(error, "PARSER_TRAPPED")) throw error;
    await loadPython();
    return undefined;
  }
}

test("token soup: no hang, no error but ours, no lie after a breakdown", async () => {
  let breakdowns = 0;
  await fc.assert(
    fc.asyncProperty(text, async (source) => {
      // A text may be just too deep for one call, and just not for another: only two verdicts can disagree.
      const verdicts: boolean[] = [];
      const asks = [() => isValidPython(source), () => pythonError(source) === undefined, () => isValidPython(source)];
      for (const ask of asks) {
        const verdict = await unlessBroken(ask);
        if (verdict === undefined) breakdowns++;
        else verdicts.push(verdict);
        for (const [probe, accept] of PROBES) expect(isValidPython(probe)).toBe(accept);
      }
      expect(new Set(verdicts).size).toBeLessThanOrEqual(1);
    }),
    { numRuns: 400 },
  );
  expect(breakdowns).toBeGreaterThan(10);
});
