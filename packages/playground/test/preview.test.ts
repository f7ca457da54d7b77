import { expect, test } from "vitest";
import { previewOf } from "../src/preview.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

test("text is shown as it is, and cut off where it is long", () => {
  expect(previewOf(bytesOf('{\n  "a": 1\n}\n'))).toBe('{\n  "a": 1\n}\n');
  expect(previewOf(bytesOf("<b>"))).toBe("<b>");
  expect(previewOf(bytesOf("x".repeat(2_001)))).toBe(`${"x".repeat(2_000)}…`);
  expect(previewOf(new Uint8Array())).toBe("");
});

test("a character that is cut in two is no reason for hex", () => {
  // The first part ends within a character.
  const text = `x${"\u{1f600}".repeat(3_000)}`;
  expect(previewOf(bytesOf(text))).toMatch(/^x\u{1f600}+/u);
});

test("what is no text is shown as hex, sixteen bytes a line", () => {
  const lines = previewOf(Uint8Array.from({ length: 300 }, (_, i) => i % 256)).split("\n");
  expect(lines[0]).toBe("0000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  ................");
  expect(lines[4]).toBe("0040  40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f  @ABCDEFGHIJKLMNO");
  expect(lines).toHaveLength(17);
  expect(lines.at(-1)).toBe("…");
  expect(previewOf(new Uint8Array([0xff]))).toBe(`0000  ff${" ".repeat(47)}.`);
});
