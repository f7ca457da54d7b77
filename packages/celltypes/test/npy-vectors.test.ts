import { Checksum, isSeamlessError } from "@seamless/checksum";
import { describe, expect, it } from "vitest";
import { NdArray } from "../src/array/ndarray.ts";
import { readNpy, writeNpy } from "../src/codecs/binary.ts";
import { base64, fromNotation, normalise, toBase64, toNotation } from "./support/notation.ts";
import { readVectors } from "./support/rows.ts";

interface Row {
  readonly id: number;
  readonly celltype: string;
  readonly value?: unknown;
  readonly bytes?: string;
  readonly checksum?: string;
  readonly error?: boolean;
}

/** The code of the error that it throws, which must be one of the family. */
function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isSeamlessError(error)) return error.code;
    throw error;
  }
  return "no error";
}

function rows(name: string): [string, Row][] {
  return (
    readVectors<Row>(name)
      // Null is a value of the celltype, but no `.npy`.
      .filter((row) => row.celltype === "binary" && row.value !== null)
      .map((row) => [`${row.id} ${JSON.stringify(row.value ?? row.bytes ?? null).slice(0, 60)}`, row])
  );
}

function serializeBinary(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) {
    readNpy(value);
    return value;
  }
  return writeNpy(NdArray.from(value));
}

describe("values to .npy", () => {
  it.each(rows("serialize.jsonl"))("%s", (_, row) => {
    const value = fromNotation(row.value);
    if (row.error) {
      expect(["INVALID_VALUE", "INVALID_BUFFER"]).toContain(codeOf(() => serializeBinary(value)));
      return;
    }
    const bytes = serializeBinary(value);
    expect(toBase64(bytes)).toBe(row.bytes);
    expect(Checksum.of(bytes).hex()).toBe(row.checksum);
  });
});

describe(".npy to values", () => {
  it.each(rows("parse.jsonl"))("%s", (_, row) => {
    const bytes = base64(row.bytes ?? "");
    if (row.error) {
      expect(codeOf(() => readNpy(bytes))).toBe("INVALID_BUFFER");
      return;
    }
    expect(toNotation(readNpy(bytes))).toEqual(normalise(row.value));
  });
});
