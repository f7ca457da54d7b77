import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { NEEDS, unmetNeed } from "../../../tools/build/platforms.ts";

/* The table of tests that only some platforms can run: it must name tests that there are. */

const named = NEEDS.flatMap(({ tests }) => Object.entries(tests));

test.each(named)("%s has the tests that are named (%s)", (file, names) => {
  const source = readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
  expect(source).toContain("test");
  const words = names === true ? [] : names.source.replace(/^\^/, "").split("|");
  for (const word of words) if (!word.startsWith("(?!")) expect(source).toMatch(new RegExp(word.replace(/^\^/, "")));
});

describe("what a test needs", () => {
  const file = "packages/checksum/test/write-atomic.test.ts";

  test("is looked up by platform, file and full name", () => {
    expect(unmetNeed("win32", file, "permissions > a new file")).toContain("no permissions");
    expect(unmetNeed("win32", file, "data > text")).toBeUndefined();
    expect(unmetNeed("darwin", file, "permissions > a new file")).toBeUndefined();
    expect(unmetNeed("win32", "packages/cli/test/interrupt.test.ts", "anything")).toContain("no signals");
  });

  test("Linux has", () => {
    for (const [other] of named) expect(unmetNeed("linux", other, "anything")).toBeUndefined();
    for (const { on } of NEEDS) expect(on).not.toContain("linux");
  });
});
