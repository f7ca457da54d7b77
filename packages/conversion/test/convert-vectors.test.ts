import { Checksum, isSeamlessError } from "@seamless/checksum";
import { beforeEach, describe, expect, test } from "vitest";
import { type Conversion, ConversionError, conversionMemo, convert, convertBuffer, needsBuffer } from "../src/index.ts";
import { base64, byPair, type ConvertRow, hasPython, readsCode, rows } from "./support/vectors.ts";

const waiting = (await hasPython()) ? [] : rows.filter(({ source, target }) => readsCode(source, target));
const running = rows.filter((row) => !waiting.includes(row));

beforeEach(() => conversionMemo.clear());

describe(`convert: ${running.length} vectors, ${waiting.length} waiting for @seamless/python`, () => {
  test.each(byPair(running))("%s", async (_, group) => {
    expect(await Promise.all(group.map(throughConvert))).toEqual(group.map(expectation));
    conversionMemo.clear();
    expect(await Promise.all(group.map(throughConvertBuffer))).toEqual(group.map(expectation));
    // Once more, out of the memo.
    expect(await Promise.all(group.map(throughConvert))).toEqual(group.map(expectation));
  });

  test.each(byPair(waiting))("%s waits: converting names the package, or finds the error before", async (_, group) => {
    for (const row of group) {
      const bytes = base64(row.bytes);
      const error = await convertBuffer(bytes, row.source, row.target).catch((error: unknown) => error);
      if (isSeamlessError(error, "NO_CODE_SUPPORT")) expect(error.message).toContain("@seamless/python");
      else expect([row.id, ConversionError.isConversionError(error), row.result]).toEqual([row.id, true, "error"]);
    }
  });
});

/** What a row gives, and whether the buffer was fetched as foretold. */
async function throughConvert(row: ConvertRow): Promise<object> {
  const bytes = base64(row.bytes);
  const checksum = Checksum.of(bytes);
  const foretold = needsBuffer(checksum, row.source, row.target);
  let calls = 0;
  const getBuffer = async () => {
    calls++;
    return bytes;
  };
  const outcome = await settle(row.id, checksum, convert(checksum, row.source, row.target, getBuffer));
  expect([row.id, calls]).toEqual([row.id, foretold ? 1 : 0]);
  return outcome;
}

function throughConvertBuffer(row: ConvertRow): Promise<object> {
  const bytes = base64(row.bytes);
  return settle(row.id, Checksum.of(bytes), convertBuffer(bytes, row.source, row.target));
}

async function settle(id: number, from: Checksum, conversion: Promise<Conversion>): Promise<object> {
  try {
    const { checksum, buffer } = await conversion;
    if (buffer !== undefined) {
      expect(Checksum.of(buffer.content).equals(checksum)).toBe(true);
      return { id, result: "new", checksum: checksum.hex(), new: Buffer.from(buffer.content).toString("base64") };
    }
    return checksum.equals(from) ? { id, result: "same" } : { id, result: "reference", checksum: checksum.hex() };
  } catch (error) {
    if (!ConversionError.isConversionError(error)) throw error;
    return { id, result: "error" };
  }
}

function expectation({ id, result, checksum, new: made }: ConvertRow): object {
  if (result === "new") return { id, result, checksum, new: made };
  return result === "reference" ? { id, result, checksum } : { id, result };
}
