import { describe, expect, test } from "vitest";
import { type Celltype, parse } from "../src/index.ts";
import { base64 } from "./support/notation.ts";
import { parseExpectations, parseOutcomes } from "./support/outcomes.ts";
import { byCelltype, parseRows, waitingParseRows } from "./support/rows.ts";
import { YAML_EXCEPTIONS } from "./support/yaml-exceptions.ts";

const title = [
  `${parseRows.length} vectors`,
  `${YAML_EXCEPTIONS.size} exceptions`,
  `${waitingParseRows.length} waiting for @seamless/python`,
].join(", ");

// Made with CPython, NumPy, orjson and PyYAML: what reading each buffer gives.
describe(`parse: ${title}`, () => {
  test.each(byCelltype(parseRows))("%s", (_, rows) => {
    expect(parseOutcomes(rows)).toEqual(parseExpectations(rows));
  });

  test.each(byCelltype(waitingParseRows))("%s waits: reading it names the package", (_, rows) => {
    for (const row of rows) {
      expect(() => parse(base64(row.bytes), row.celltype as Celltype)).toThrow(/@seamless\/python|UTF-8/);
    }
  });
});
