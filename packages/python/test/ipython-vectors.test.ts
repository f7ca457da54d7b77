import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { outcome } from "./support/outcome.ts";

interface Row {
  readonly id: number;
  readonly ipython: string;
  readonly python?: string;
  readonly error?: true;
}

const rows = readFileSync(new URL("vectors/ipython.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Row);

describe("cells that IPython itself has transformed", () => {
  test(`all ${rows.length} rows of ipython.jsonl`, () => {
    expect(rows).toHaveLength(360);
    const wrong = rows
      .map((row) => ({ row, got: outcome(row.ipython) }))
      .filter(({ row, got }) => got !== expected(row));
    expect(wrong).toEqual([]);
  });
});

const expected = (row: Row): string | undefined => (row.error ? "INVALID_BUFFER" : row.python);
