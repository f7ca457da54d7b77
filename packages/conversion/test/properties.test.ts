import { Buffer, CELLTYPES, type Celltype } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Conversion,
  ConversionError,
  category,
  conversionMemo,
  convert,
  convertBuffer,
  needsBuffer,
} from "../src/index.ts";
import { buffers } from "./support/arbitraries.ts";
import { hasPython, readsCode } from "./support/vectors.ts";

/** Pairs whose result need not parse as the target, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "str → python": "equivalent to str → text, whatever the text says: it may be no code",
  "str → ipython": "equivalent to str → text: it may be no code",
  "str → yaml": "equivalent to str → text: it may be no YAML",
  "plain → yaml": "trivial, though some JSON is no YAML 1.1, as where tabs stand between values",
  "mixed → str": "null stays as it is, with more newlines behind it than null may have there",
  "mixed → int": "null stays as it is",
  "mixed → float": "null stays as it is",
  "mixed → bool": "null stays as it is",
};

/** Known by their checksums. */
const WORDS = ["null", "null\n", "true\n", "false"].map((word) => [new TextEncoder().encode(word)] as [Uint8Array]);

const anything = fc.oneof(...Object.values(buffers));
const pairs = CELLTYPES.flatMap((source) => CELLTYPES.map((target) => [source, target] as const)).filter(
  ([source, target]) => source !== target,
);
const python = await hasPython();
const waiting = python ? [] : pairs.filter(([source, target]) => readsCode(source, target));
const running = pairs.filter((pair) => !waiting.includes(pair));

test("there are 156 pairs", () => {
  expect(pairs.length).toBe(156);
});

describe(`${running.length} pairs, ${waiting.length} more waiting for @seamless/python`, () => {
  test.each(running)("%s → %s, of any valid buffer", async (source, target) => {
    await fc.assert(
      fc.asyncProperty(buffers[source], async (bytes) => {
        const result = await convertInAllWays(bytes, source, target);
        if (result instanceof Error) return;
        const { checksum, buffer } = result;
        if (source === "checksum" && buffer === undefined) return;
        // The same checksum or a new buffer: never both, never neither.
        expect(buffer === undefined).toBe(checksum.equals(Checksum.of(bytes)));
        const made = buffer?.content ?? bytes;
        expect(checksum.equals(Checksum.of(made))).toBe(true);
        const isVerdict = python || (target !== "python" && target !== "ipython");
        if (isVerdict && !(`${source} → ${target}` in EXCEPTIONS)) await new Buffer(made).getValue(target);
      }),
      { numRuns: 150 },
    );
  });

  test.each(running)("%s → %s, of bytes that are anything", async (source, target) => {
    await fc.assert(
      fc.asyncProperty(anything, async (bytes) => {
        await convertInAllWays(bytes, source, target);
      }),
      { numRuns: 50, examples: WORDS },
    );
  });
});

/**
 * Convert with and without a buffer at hand, and out of the memo: always the same, and never by more calls than foretold.
 *
 * @returns the error, if there is one: it must be one of ours.
 */
async function convertInAllWays(bytes: Uint8Array, source: Celltype, target: Celltype): Promise<Conversion | Error> {
  conversionMemo.clear();
  const checksum = Checksum.of(bytes);
  const ways = [];
  for (let i = 0; i < 2; i++) {
    const foretold = needsBuffer(checksum, source, target);
    let calls = 0;
    const getBuffer = async () => {
      calls++;
      return bytes;
    };
    ways.push(await settle(convert(checksum, source, target, getBuffer)));
    expect(calls).toBe(foretold ? 1 : 0);
    // What has been done once is remembered.
    if (i === 1 && !(ways[0] instanceof Error)) expect(calls).toBe(0);
  }
  conversionMemo.clear();
  ways.push(await settle(convertBuffer(bytes, source, target)));
  const [first, ...others] = ways as [Conversion | Error, Conversion | Error, Conversion | Error];
  for (const other of others) expect(summary(other)).toEqual(summary(first));
  const { category: word } = category(source, target);
  if (word === "forbidden") expect(first).toHaveProperty("code", "CONVERSION_FORBIDDEN");
  if (word === "trivial") expect(first).toEqual({ checksum });
  return first;
}

async function settle(conversion: Promise<Conversion>): Promise<Conversion | Error> {
  try {
    return await conversion;
  } catch (error) {
    if (ConversionError.isConversionError(error)) return error;
    throw error;
  }
}

function summary(result: Conversion | Error) {
  if (result instanceof Error) return result.message;
  return { checksum: result.checksum.hex(), buffer: result.buffer && [...result.buffer.content] };
}
