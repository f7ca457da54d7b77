import { Checksum, isSeamlessError } from "@seamless/checksum";
import type { Celltype } from "../../src/celltypes.ts";
import { parse } from "../../src/parse.ts";
import { serialize } from "../../src/serialize.ts";
import { base64, fromNotation, normalise, toBase64, toNotation } from "./notation.ts";
import type { ParseRow, SerializeRow } from "./rows.ts";

/** What writing the value of each row gives. Runs in browsers too. */
export function serializeOutcomes(rows: readonly SerializeRow[]): unknown[] {
  return rows.map(({ id, celltype, value }) =>
    outcome(id, celltype, () => {
      const bytes = serialize(fromNotation(value), celltype as Celltype);
      return { bytes: toBase64(bytes), checksum: Checksum.of(bytes).hex() };
    }),
  );
}

/** What it should give. */
export function serializeExpectations(rows: readonly SerializeRow[]): unknown[] {
  return rows.map(({ id, bytes, checksum, error }) => (error ? { id, error } : { id, bytes, checksum }));
}

/** What reading the buffer of each row gives, losslessly. Runs in browsers too. */
export function parseOutcomes(rows: readonly ParseRow[]): unknown[] {
  return rows.map(({ id, celltype, bytes, deep }) =>
    outcome(id, celltype, () => {
      const value = parse(base64(bytes), celltype as Celltype, { lossless: true });
      return deep ? { deep } : { value: toNotation(value) };
    }),
  );
}

/** What it should give. */
export function parseExpectations(rows: readonly ParseRow[]): unknown[] {
  return rows.map(({ id, celltype, value, error, deep }) => {
    if (error) return { id, error };
    if (deep) return { id, deep };
    return { id, value: celltype === "bytes" && Array.isArray(value) ? listedBytes(value) : normalise(value) };
  });
}

/** Some files of vectors note bytes as Python's `list()` of them. */
function listedBytes(value: readonly { readonly int: string }[]): object {
  return { bytes: toBase64(Uint8Array.from(value, ({ int }) => Number(int))) };
}

/** Only our own errors are an answer, and they say what they are about. */
function outcome(id: number, celltype: string, work: () => object): object {
  try {
    return { id, ...work() };
  } catch (error) {
    if (!isSeamlessError(error) || error.celltype !== celltype) throw error;
    return { id, error: true };
  }
}
