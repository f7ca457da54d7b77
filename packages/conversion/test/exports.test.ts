import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as explain from "../src/explain.ts";
import * as main from "../src/index.ts";

// The public surface: whoever changes it says so here.
test("exports of @seamless/conversion", () => {
  expect(Object.keys(main).sort()).toMatchInlineSnapshot(`
    [
      "ConversionError",
      "category",
      "classify",
      "conversionMemo",
      "convert",
      "convertBuffer",
      "needsBuffer",
      "plan",
    ]
  `);
});

test("exports of @seamless/conversion/explain", () => {
  expect(Object.keys(explain).sort()).toEqual(["CELLTYPE_MEANINGS", "VERDICT_MEANINGS", "explain", "verdictOf"]);
});

test("the table of the README names them all", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const rows = readme.split("\n").filter((line) => line.startsWith("| `"));
  const names = [...Object.keys(main), ...Object.keys(explain)];
  expect(names.filter((name) => !rows.some((row) => row.match(/\w+/g)!.includes(name)))).toEqual([]);
});
