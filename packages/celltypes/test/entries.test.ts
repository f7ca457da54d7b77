import { isSeamlessError } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import { NdArray, parse, serialize } from "../src/index.ts";
import { parseNpy, serializeNpy } from "../src/npy.ts";
import { Float, parsePlain, serializePlain } from "../src/plain.ts";
import { base64, fromNotation, normalise, toBase64, toNotation } from "./support/notation.ts";
import { parseRows, serializeRows } from "./support/rows.ts";

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (isSeamlessError(error)) return error.code;
    throw error;
  }
  return undefined;
}

describe("/npy", () => {
  // Null is a value of the celltype, but no `.npy`.
  const rows = parseRows.filter((row) => row.celltype === "binary" && row.value !== null);

  test(`reads all ${rows.length} rows of parse.jsonl, and writes them again`, () => {
    for (const row of rows) {
      const bytes = base64(row.bytes);
      if (row.error) {
        expect(
          codeOf(() => parseNpy(bytes)),
          `${row.id}`,
        ).toBe("INVALID_BUFFER");
        continue;
      }
      const { data, ...options } = parseNpy(bytes);
      expect(toNotation(new NdArray(data, options)), `${row.id}`).toEqual(normalise(row.value!));
      // A header of another writer, with spaces or of another version, is not given back.
      expect(serializeNpy(data, options), `${row.id}`).toEqual(serialize(parse(bytes, "binary"), "binary"));
    }
  });

  test("gives numbers as typed arrays on the memory of the buffer, and all else as bytes", () => {
    const bytes = serializeNpy(new Float64Array([1, 2]));
    const { data } = parseNpy(bytes);
    expect(data).toEqual(new Float64Array([1, 2]));
    expect(data.buffer).toBe(bytes.buffer);
    const moved = new Uint8Array(bytes.length + 1);
    moved.set(bytes, 1);
    expect(parseNpy(moved.subarray(1)).data).toEqual(new Float64Array([1, 2]));
    const bigEndian = serializeNpy(new Uint8Array([0, 1, 0, 2]), { descr: ">i2", shape: [2] });
    expect(parseNpy(bigEndian)).toEqual({
      data: new Uint8Array([0, 1, 0, 2]),
      descr: ">i2",
      shape: [2],
      fortranOrder: false,
    });
  });

  test("writes Fortran order where there is one", () => {
    const order = (shape: number[]) =>
      parseNpy(serializeNpy(new Int8Array(6), { shape, fortranOrder: true })).fortranOrder;
    expect([order([2, 3]), order([6]), order([1, 6])]).toEqual([true, false, false]);
  });

  test("refuses what does not fit together", () => {
    expect(codeOf(() => serializeNpy(new Int8Array(6), { shape: [5] }))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => serializeNpy(new Int8Array(6), { descr: "<f8" }))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => serializeNpy([1] as never))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => parseNpy("text" as never))).toBe("INVALID_ARGUMENT");
  });
});

describe("/plain", () => {
  test("reads and writes the rows of celltype plain", () => {
    for (const row of parseRows.filter(({ celltype }) => celltype === "plain")) {
      const bytes = base64(row.bytes);
      if (row.error)
        expect(
          codeOf(() => parsePlain(bytes)),
          `${row.id}`,
        ).toBe(codeOf(() => parse(bytes, "plain")));
      else
        expect(parsePlain(bytes, { lossless: true }), `${row.id}`).toEqual(parse(bytes, "plain", { lossless: true }));
    }
    for (const row of serializeRows.filter(({ celltype }) => celltype === "plain")) {
      const value = fromNotation(row.value);
      if (row.error)
        expect(
          codeOf(() => serializePlain(value)),
          `${row.id}`,
        ).toBe(codeOf(() => serialize(value, "plain")));
      else expect(toBase64(serializePlain(value)), `${row.id}`).toBe(row.bytes);
    }
  });

  test("errors name the celltype, and a limit holds", () => {
    const text = new TextEncoder().encode("{");
    expect(() => parsePlain(text)).toThrow(
      expect.objectContaining({ code: "INVALID_BUFFER", celltype: "plain", offset: 1 }),
    );
    expect(() => serializePlain({ a: undefined })).toThrow(
      expect.objectContaining({ code: "INVALID_VALUE", celltype: "plain", path: ["a"] }),
    );
    expect(codeOf(() => serializePlain("some text", { maxBytes: 5 }))).toBe("TOO_LARGE");
    expect(new TextDecoder().decode(serializePlain(new Float(1)))).toBe("1.0\n");
  });
});
