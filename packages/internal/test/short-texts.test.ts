import { expect, test, vi } from "vitest";
import { toHex } from "../src/bytes.ts";
import { createShortTexts } from "../src/short-texts.ts";

test("short texts are found by their checksum, with and without a final newline, each hashed once", () => {
  const hexOf = vi.fn((bytes: Uint8Array) => toHex(bytes));
  const find = createShortTexts(["null", "{}"], hexOf);
  expect(hexOf).not.toHaveBeenCalled();
  for (const text of ["null", "null\n", "{}", "{}\n"]) {
    const bytes = new TextEncoder().encode(text);
    expect(find(toHex(bytes))).toEqual({ text, bytes });
  }
  expect(find(toHex(new TextEncoder().encode("true")))).toBeUndefined();
  expect(hexOf).toHaveBeenCalledTimes(4);
});
