import { describe, expect, it } from "vitest";
import { readMixed, writeMixed } from "../src/codecs/mixed.ts";
import { Float } from "../src/values.ts";
import { base64, fromNotation, normalise, toBase64, toNotation } from "./support/notation.ts";
import { readVectors } from "./support/rows.ts";

interface Row {
  readonly id: number;
  readonly celltype: string;
  readonly value?: unknown;
  readonly bytes?: string;
  readonly error?: true;
  readonly deep?: true;
}

const serializeRows = readVectors<Row>("serialize.jsonl").filter((row) => row.celltype === "mixed");
const parseRows = readVectors<Row>("parse.jsonl").filter((row) => row.celltype === "mixed");

describe("the vectors", () => {
  it(`writes all ${serializeRows.length} rows of serialize.jsonl`, () => {
    for (const row of serializeRows) {
      const write = () => toBase64(writeMixed(fromNotation(row.value)));
      if (row.error) expect(write, `row ${row.id}`).toThrow(expect.objectContaining({ code: "INVALID_VALUE" }));
      else expect(write(), `row ${row.id}`).toBe(row.bytes);
    }
  });

  it(`reads all ${parseRows.length} rows of parse.jsonl`, () => {
    for (const row of parseRows) {
      const read = () => readMixed(base64(row.bytes!), { lossless: true });
      if (row.error) expect(read, `row ${row.id}`).toThrow(expect.objectContaining({ code: "INVALID_BUFFER" }));
      else if (row.deep) expect(read, `row ${row.id}`).not.toThrow();
      else expect(toNotation(read()), `row ${row.id}`).toEqual(normalise(row.value));
    }
  });

  it(`reads the same of all ${parseRows.length} rows without lossless mode, but for its types`, () => {
    for (const row of parseRows) {
      const read = (lossless: boolean) => readMixed(base64(row.bytes!), { lossless });
      if (row.error)
        expect(() => read(false), `row ${row.id}`).toThrow(expect.objectContaining({ code: "INVALID_BUFFER" }));
      else if (!row.deep) expect(plainly(read(false)), `row ${row.id}`).toEqual(plainly(read(true)));
    }
  });

  const valid = serializeRows.filter((row) => !row.error);
  it(`reads what it wrote, and writes the same again, in ${valid.length} rows`, () => {
    for (const { id, bytes } of valid) {
      // An array in Fortran order comes back in C order, so that its form differs.
      if (/"strides": \[[^\]]*[1-9]/.test(atob(bytes!))) continue;
      expect(toBase64(writeMixed(readMixed(base64(bytes!), { lossless: true }))), `row ${id}`).toBe(bytes);
    }
  });
});

/** What both modes must agree in. */
function plainly(value: unknown): unknown {
  if (Float.isFloat(value)) return value.value;
  if (Array.isArray(value)) return value.map(plainly);
  if (value instanceof Map) return [...value].map(([k, v]) => [k, plainly(v)]).sort(byKey);
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.entries(value)
      .map(([k, v]) => [k, plainly(v)])
      .sort(byKey);
  }
  return typeof value === "object" ? toNotation(value) : value;
}

function byKey(a: unknown[], b: unknown[]): number {
  return (a[0] as string) < (b[0] as string) ? -1 : 1;
}
