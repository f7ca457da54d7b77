import { expect, test } from "vitest";
import { bestFor } from "../src/value/pasted.ts";
import { showSize } from "../src/value/sizes.ts";
import { SAMPLES } from "../src/value/typed.ts";

test.each([
  [SAMPLES.plain, "plain"],
  ["42", "plain"],
  [" [1, 2]\n", "plain"],
  [`[${"1,".repeat(2 ** 20)}1]`, "plain"],
  [SAMPLES.python, "python"],
  ["#!/usr/bin/env python3\nprint(1)", "python"],
  ["import numpy as np\n\nx = np.arange(3)", "python"],
  [SAMPLES.ipython, "ipython"],
  ["!ls\nimport sys", "ipython"],
  [SAMPLES.yaml, "yaml"],
  ["# a comment\nkey: value", "yaml"],
  ["- one\n- two", "yaml"],
  [SAMPLES.text, "text"],
  ["Dear reader,\nnote: this is a letter.", "text"],
  ["{not json", "text"],
  ["", "text"],
] as const)("%j is taken for %s", (text, celltype) => {
  expect(bestFor(text)).toBe(celltype);
});

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [1023, "1023 bytes"],
  [1024, "1 KiB"],
  [1536, "1.5 KiB"],
  [2 ** 20 - 1, "1024 KiB"],
  [2 ** 31, "2 GiB"],
  [2 ** 60, "1048576 TiB"],
])("%d is %s", (bytes, shown) => {
  expect(showSize(bytes)).toBe(shown);
});
