import { describe, expect, test } from "vitest";
import { type Celltype, loadCodeSupport, parse, serialize } from "../src/index.ts";
import { base64, toBase64 } from "./support/notation.ts";
import { parseExpectations, parseOutcomes } from "./support/outcomes.ts";
import { byCelltype, codeParseRows, integerRows, longDoubleRows, parseRows } from "./support/rows.ts";

// Made with CPython, NumPy, orjson, PyYAML and IPython: what reading each buffer gives.
describe(`parse: ${parseRows.length} vectors`, () => {
  test.each(byCelltype(parseRows))("%s", (_, rows) => {
    expect(parseOutcomes(rows)).toEqual(parseExpectations(rows));
  });
});

describe(`parse code cells: ${codeParseRows.length} vectors`, () => {
  test.each(byCelltype(codeParseRows))("%s before code support is loaded: the error names the package", (_, rows) => {
    for (const row of rows) {
      expect(() => parse(base64(row.bytes), row.celltype as Celltype)).toThrow(/@seamless\/python|UTF-8/);
    }
  });

  test.each(byCelltype(codeParseRows))("%s", async (_, rows) => {
    await loadCodeSupport();
    expect(parseOutcomes(rows)).toEqual(parseExpectations(rows));
  });
});

describe(`parse numbers in strings, long integers and null: ${integerRows.length} vectors`, () => {
  test.each(byCelltype(integerRows))("%s", async (_, rows) => {
    await loadCodeSupport();
    expect(parseOutcomes(rows)).toEqual(parseExpectations(rows));
  });
});

describe(`parse long doubles: ${longDoubleRows.length} vectors`, () => {
  test.each(byCelltype(longDoubleRows))("%s", (_, rows) => {
    expect(parseOutcomes(rows)).toEqual(parseExpectations(rows));
  });

  test.each(byCelltype(longDoubleRows))("%s: written again with the same bytes", (_, rows) => {
    for (const { id, celltype, bytes } of rows) {
      const value = parse(base64(bytes), celltype as Celltype);
      expect([id, toBase64(serialize(value, celltype as Celltype))]).toEqual([id, bytes]);
    }
  });
});
