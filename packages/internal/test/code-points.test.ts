import fc from "fast-check";
import { expect, test } from "vitest";
import { codePointSet, compareCodePoints, hasLoneSurrogate, sortByCodePoint } from "../src/code-points.ts";

/** Strings of UTF-16 units that sort differently than their code points, lone surrogates among them. */
const unruly: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom("a", "\ud7ff", "\ud800", "\ud83d", "\udbff", "\udc00", "\ude00", "\udfff", "\ue000", "\uffff"),
      fc.string({ unit: "binary", maxLength: 1 }),
    ),
    { maxLength: 8 },
  )
  .map((units) => units.join(""));

const codePoints = (text: string) => Array.from(text, (character) => character.codePointAt(0)!);

/** The plain definition: compare the code points one by one. */
function reference(a: string, b: string): number {
  const [x, y] = [codePoints(a), codePoints(b)];
  const at = x.findIndex((point, i) => point !== y[i]);
  if (at < 0) return x.length - y.length;
  return y[at] === undefined ? 1 : x[at]! - y[at]!;
}

test("agrees with comparing arrays of code points, lone surrogates included", () => {
  fc.assert(
    fc.property(unruly, unruly, unruly, (prefix, a, b) => {
      const [x, y] = [prefix + a, prefix + b];
      expect(Math.sign(compareCodePoints(x, y))).toBe(Math.sign(reference(x, y)));
      expect(compareCodePoints(x, x)).toBe(0);
    }),
    { numRuns: 3000 },
  );
});

test("agrees with comparing the UTF-8 bytes of well-formed strings", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test("astral characters come after U+E000 to U+FFFF, where < puts them before", () => {
  expect("\u{1f600}" < "\ue000").toBe(true);
  expect(compareCodePoints("\u{1f600}", "\ue000")).toBeGreaterThan(0);
  expect(compareCodePoints("\uffff", "\u{10000}")).toBeLessThan(0);
  expect(["\u{10ffff}", "\ue000", "a", "\u{10000}", "\uffff", "", "ab"].sort(compareCodePoints)).toEqual([
    "",
    "a",
    "ab",
    "\ue000",
    "\uffff",
    "\u{10000}",
    "\u{10ffff}",
  ]);
});

test("lone surrogates stand at their own value", () => {
  expect(compareCodePoints("\ud83d", "\ue000")).toBeLessThan(0);
  expect(compareCodePoints("\ud83d", "\ud7ff")).toBeGreaterThan(0);
  expect(compareCodePoints("\ud83d", "\ud83d\ude00")).toBeLessThan(0);
  expect(compareCodePoints("\ud83d\ue000", "\ud83d\ude00")).toBeLessThan(0);
  expect(compareCodePoints("\udfff\ud800", "\u{10000}")).toBeLessThan(0);
});

test("hasLoneSurrogate finds what has no UTF-8 form", () => {
  fc.assert(
    fc.property(unruly, (text) => {
      const encodable = new TextDecoder().decode(new TextEncoder().encode(`.${text}`)) === `.${text}`;
      expect(hasLoneSurrogate(text)).toBe(!encodable);
    }),
    { numRuns: 1000 },
  );
  for (const text of ["", "a", "\u{1f600}", "\ufffd"]) expect(hasLoneSurrogate(text)).toBe(false);
  for (const text of ["\ud83d", "a\ude00", "\ude00\ud83d", "\u{1f600}\ude00"])
    expect(hasLoneSurrogate(text)).toBe(true);
});

test("sorting is by code point too", () => {
  fc.assert(
    fc.property(fc.array(unruly), (strings) => {
      expect(sortByCodePoint([...strings])).toEqual([...strings].sort(reference));
    }),
  );
});

test("runs are numbers in base 26 whose last digit is lower case", () => {
  // Outside 3, inside 2, outside 26, inside 1, outside 26 × 26 + 25, inside 1.
  const has = codePointSet("dcBabBAzb", 10);
  const inside = Array.from({ length: 1000 }, (_, codePoint) => codePoint).filter(has);
  expect(inside).toEqual([13, 14, 41, 743]);
});
