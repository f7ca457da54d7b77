import { describe, expect, test } from "vitest";
import { type Celltype, loadCodeSupport, parse } from "../src/index.ts";
import { base64 } from "./support/notation.ts";
import { parseExpectations, parseOutcomes } from "./support/outcomes.ts";
import { byCelltype, codeParseRows, parseRows } from "./support/rows.ts";
import { YAML_EXCEPTIONS } from "./support/yaml-exceptions.ts";

// Made with CPython, NumPy, orjson, PyYAML and IPython: what reading each buffer gives.
describe(`parse: ${parseRows.length} vectors, ${YAML_EXCEPTIONS.size} exceptions`, () => {
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
