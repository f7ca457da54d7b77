import { expect, test } from "vitest";
import { optionChecks } from "../src/option-checks.ts";

const checks = optionChecks((message) => new RangeError(message));
const { POSITIVE_INFINITY: INFINITY, NaN: NAN } = Number;

test.each([
  ["positive", [1, 0.5], [0, -1, INFINITY, NAN, "1", undefined]],
  ["notNegative", [0, 1.5], [-1, INFINITY, NAN, "1", null]],
  ["duration", [0, 5, INFINITY], [-1, NAN, "5"]],
  ["positiveDuration", [5, INFINITY], [0, -1, NAN, "5"]],
  ["wholeNumber", [0, 7], [-1, 1.5, INFINITY, NAN, "7", 2 ** 60]],
  ["bytes", [0, 1.5, INFINITY], [-1, NAN, "1", 5n]],
  ["boolean", [true, false], [0, "true", undefined]],
  ["text", ["", "a"], [1, null]],
] as const)("%s takes what is right, and tells the rest what is wanted", (name, right, wrong) => {
  const check = checks[name] as (name: string, value: unknown) => unknown;
  for (const value of right) expect(check("option", value)).toBe(value);
  for (const value of wrong) expect(() => check("option", value), String(value)).toThrow(/^option is .*, got /);
  expect(() => check("option", wrong[0])).toThrow(RangeError);
});

test("a whole number has a range, ends included, and the message has it", () => {
  expect(checks.wholeNumber("port", 65_535, 1, 65_535)).toBe(65_535);
  expect(() => checks.wholeNumber("port", 0, 1, 65_535)).toThrow("port is a whole number from 1 to 65,535, got 0");
  expect(() => checks.wholeNumber("files", -1, 0)).toThrow("files is a whole number from 0 up, got -1");
});

test("one of some words", () => {
  expect(checks.oneOf("write", "all", ["all", "first"])).toBe("all");
  expect(() => checks.oneOf("write", "none", ["all", "first"])).toThrow('write is one of all, first, got "none"');
});
