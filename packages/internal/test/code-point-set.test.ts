import { expect, test } from "vitest";
import { codePointSet } from "../src/code-point-set.ts";

test("runs are numbers in base 26 whose last digit is lower case", () => {
  // Outside 3, inside 2, outside 26, inside 1, outside 26 × 26 + 25, inside 1.
  const has = codePointSet("dcBabBAzb", 10);
  const inside = Array.from({ length: 1000 }, (_, codePoint) => codePoint).filter(has);
  expect(inside).toEqual([13, 14, 41, 743]);
});
