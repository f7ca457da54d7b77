import { beforeAll, describe, expect, test } from "vitest";
import { isValidPython, loadPython, pythonError } from "../src/index.ts";
import { type PythonRow, pythonRows } from "./support/rows.ts";

beforeAll(() => loadPython());

const classes = new Map<string, PythonRow[]>();
for (const row of pythonRows) classes.set(row.class, [...(classes.get(row.class) ?? []), row]);

// There is no list of exceptions: every row agrees.
describe(`the verdict of CPython: ${pythonRows.length} vectors`, () => {
  test.each([...classes])("%s", (_, rows) => {
    const wrong = rows.filter(({ python, accept }) => isValidPython(python) !== accept);
    expect(wrong).toEqual([]);
  });

  test("whatever is no Python has an error, within the text or right after it", () => {
    for (const { python, accept } of pythonRows) {
      const error = pythonError(python);
      expect(error === undefined, python).toBe(accept);
      if (error === undefined) continue;
      const lines = python.split(/\r\n?|\n/);
      expect(error.message, python).not.toBe("");
      expect(error.line, python).toBeGreaterThanOrEqual(1);
      expect(error.line, python).toBeLessThanOrEqual(lines.length);
      expect(error.column, python).toBeGreaterThanOrEqual(1);
      expect(error.column, python).toBeLessThanOrEqual([...lines[error.line - 1]!].length + 1);
    }
  });
});
