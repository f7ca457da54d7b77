import { describe, expect, test } from "vitest";
import { checksumLine, escapeName } from "../src/program/format.ts";

const HEX = "0123456789abcdef".repeat(4);

describe("escapeName", () => {
  test.each([
    ["plain.txt", "plain.txt"],
    ["", ""],
    ["new\nline", "new\\nline"],
    ["carriage\rreturn", "carriage\\rreturn"],
    ["back\\slash", "back\\\\slash"],
    ["\\n is no line break", "\\\\n is no line break"],
    ["all\\\n\r\\", "all\\\\\\n\\r\\\\"],
    ['"quotes", tab\t, ünïcödé 😀 stay', '"quotes", tab\t, ünïcödé 😀 stay'],
  ])("%j is %j", (name, escaped) => {
    expect(escapeName(name)).toBe(escaped);
  });
});

describe("checksumLine", () => {
  test("has two spaces between checksum and name", () => {
    expect(checksumLine(HEX, "a b")).toBe(`${HEX}  a b`);
  });

  test("starts with a backslash if the name was escaped", () => {
    expect(checksumLine(HEX, "a\nb")).toBe(`\\${HEX}  a\\nb`);
    expect(checksumLine(HEX, "a\\b")).toBe(`\\${HEX}  a\\\\b`);
  });
});
