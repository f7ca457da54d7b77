import type { Stats } from "node:fs";
import { expect, test } from "vitest";
import { isSurelyReadable } from "../src/directory/readable.ts";

const own = process.geteuid?.() ?? 0;

// Where permissions have no meaning, all files have them all.
test.each([
  [0o444, own + 1, true],
  [0o644, own, true],
  [0o600, own, process.geteuid !== undefined],
  [0o400, own, process.geteuid !== undefined],
  // The group may have us or not.
  [0o640, own + 1, false],
  // Who may not read his own file is not helped by what others may.
  [0o044, own, false],
  [0o200, own, false],
])("mode %o of user %i: %s", (mode, uid, expected) => {
  expect(isSurelyReadable({ mode, uid } as Stats)).toBe(expected);
});
