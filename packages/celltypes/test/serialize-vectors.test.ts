import { describe, expect, test } from "vitest";
import { serializeExpectations, serializeOutcomes } from "./support/outcomes.ts";
import { byCelltype, serializeRows } from "./support/rows.ts";

// Made with CPython, NumPy and orjson: what writing each value gives.
describe(`serialize: ${serializeRows.length} vectors`, () => {
  test.each(byCelltype(serializeRows))("%s", (_, rows) => {
    expect(serializeOutcomes(rows)).toEqual(serializeExpectations(rows));
  });
});
