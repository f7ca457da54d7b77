import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { isContinue, isStart } from "../src/unicode/identifiers.ts";
import { hasCharacter, loadNames, readNames } from "../src/unicode/names.ts";

beforeAll(() => loadNames());

const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);

// The digests were made with CPython 3.13, whose Unicode is 15.1.
describe("what CPython knows of characters", () => {
  test("which are in identifiers", () => {
    const all = Array.from({ length: 0x110000 - 0x80 }, (_, i) => i + 0x80);
    const listed = (is: (code: number) => boolean) =>
      digest(
        all
          .filter(is)
          .map((code) => `${code},`)
          .join(""),
      );
    expect([listed(isStart), listed(isContinue)]).toEqual(["c0a213818d2300e8", "28fa4fae5dde25e7"]);
  });

  test("how they and their aliases are called", () => {
    const names = [...readNames()];
    expect([names.length, digest(names.join("\n"))]).toEqual([35_301, "7add762713efc1db"]);
  });

  test.each<[string, boolean]>([
    ["BULLET", true],
    ["latin small letter a", true],
    ["LF", true],
    ["HANGUL SYLLABLE GA", true],
    ["HANGUL SYLLABLE WAELB", true],
    ["HANGUL SYLLABLE A", true],
    ["CJK UNIFIED IDEOGRAPH-4E00", true],
    ["CJK UNIFIED IDEOGRAPH-2EBF0", true],
    ["CJK UNIFIED IDEOGRAPH-04E00", true],
    ["BULLETS", false],
    ["BULLET ", false],
    ["", false],
    // In upper case these would be.
    ["LATıN SMALL LETTER A", false],
    ["BULLEſ", false],
    // Made by rules: these take no other case.
    ["hangul syllable ga", false],
    ["cjk unified ideograph-4e00", false],
    ["HANGUL SYLLABLE ", false],
    ["HANGUL SYLLABLE GG", false],
    ["CJK UNIFIED IDEOGRAPH-A000", false],
    ["CJK UNIFIED IDEOGRAPH-4E0", false],
    // CPython knows no names of these.
    ["TANGUT IDEOGRAPH-17000", false],
    ["LATIN SMALL LETTER A WITH MACRON AND GRAVE", false],
  ])("%j", (name, known) => {
    expect(hasCharacter(name)).toBe(known);
  });
});
