import { Buffer, type Celltype, NdArray, parse, serialize } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import { utf8 } from "@seamless/internal/testing";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ConversionError, conversionMemo, convert, convertBuffer } from "../src/index.ts";

beforeEach(() => conversionMemo.clear());
// The table of what is known by its checksum is made once, with the first conversion.
beforeAll(() => convertBuffer(new TextEncoder().encode("1"), "plain", "int"));

const npy = (byteLength: number, descr: string, shape: number[]) =>
  serialize(new NdArray(new Uint8Array(byteLength), { descr, shape }), "binary");
const ones = (count: number) => new Array<number>(count).fill(1);
const columns = npy(10_000, "|u1", [10_000, ...ones(62)]);

/** The error of a conversion, and how many bytes all encoders made on its way. */
async function refusal(bytes: Uint8Array, source: Celltype, target: Celltype, options = {}) {
  const encode = vi.spyOn(TextEncoder.prototype, "encode");
  try {
    const error = await convertBuffer(bytes, source, target as never, options).catch((error: unknown) => error);
    const made = encode.mock.results.reduce((sum, { value }) => sum + ((value as Uint8Array)?.length ?? 0), 0);
    return { error: error as ConversionError, made };
  } finally {
    encode.mockRestore();
  }
}

describe("binary to plain", () => {
  test("a shape of many axes is counted before any list is made", async () => {
    const { error, made } = await refusal(columns, "binary", "plain");
    expect([ConversionError.isConversionError(error), error.code, error.source]).toEqual([true, "TOO_LARGE", "binary"]);
    expect(error.message).toMatch(/maxBytes/);
    expect(made).toBe(0);
  });

  test("the longer it is, the sooner it is refused: 4 × the bytes cost no more", async () => {
    const { error, made } = await refusal(npy(40_000, "|u1", [40_000, ...ones(62)]), "binary", "plain");
    expect([error.code, made]).toEqual(["TOO_LARGE", 0]);
  });

  test.each([
    ["lists of nothing", npy(0, "|u1", [10 ** 9, 0])],
    ["strings without bytes", npy(0, "<U0", [10 ** 8])],
    ["strings one by one", npy(40_000, "<U1", [10_000, ...ones(62)])],
    ["floats one by one", npy(80_000, ">f8", [10_000, ...ones(62)])],
  ])("%s", async (_, bytes) => {
    expect((await refusal(bytes, "binary", "plain")).error.code).toBe("TOO_LARGE");
    expect((await refusal(bytes, "binary", "text")).error.code).toBe("TOO_LARGE");
  });

  test("an option says more, or less", async () => {
    const bytes = npy(1000, "|u1", [1000, ...ones(62)]);
    const { buffer } = await convertBuffer(bytes, "binary", "plain", { maxBytes: 2 ** 24 });
    expect(buffer!.length).toBeGreaterThan(2 ** 22);
    const { length } = buffer!;
    const again = await convertBuffer(bytes, "binary", "plain", { maxBytes: length });
    expect(again.checksum).toEqual(buffer!.getChecksum());
    await expect(convertBuffer(bytes, "binary", "plain", { maxBytes: length - 1 })).rejects.toThrow("maxBytes");
    // What an option allowed is not remembered for those without.
    await expect(convertBuffer(bytes, "binary", "plain")).rejects.toMatchObject({ code: "TOO_LARGE" });
    await convertBuffer(bytes, "binary", "plain", { maxBytes: Infinity });
  });

  test("what is remembered keeps to the limit too", async () => {
    const buffer = new Buffer(npy(80, "<f8", [10]));
    const getBuffer = async () => buffer;
    const checksum = buffer.getChecksum();
    await convert(checksum, "binary", "plain", getBuffer);
    for (let round = 0; round < 2; round++) {
      await expect(convert(checksum, "binary", "plain", getBuffer, { maxBytes: 10 })).rejects.toMatchObject({
        code: "TOO_LARGE",
        source: "binary",
      });
    }
  });

  test.each([
    [[1000, 1000], "|u1"],
    [[200_000], "|b1"],
    [[1000, 100, 1, 1], "|u1"],
    [[10, 10, 10, 10, 10, 1], "<f4"],
    [[30_000], "<U7"],
  ] as const)("arrays as people have them are no exception: %j of %s", async (shape, descr) => {
    const size = (shape as readonly number[]).reduce((product, length) => product * length, 1);
    const itemsize = new NdArray(new Uint8Array(0), { descr, shape: [0] }).itemsize;
    const bytes = npy(size * itemsize, descr, [...shape]);
    const { buffer } = await convertBuffer(bytes, "binary", "plain");
    expect(buffer!.length).toBeLessThan(64 * bytes.length + 2 ** 20);
  });

  test("the count of what lists take is exact", async () => {
    for (const shape of [[], [3], [2, 3], [1, 1, 2, 1], [0], [2, 0], [2, 0, 3]]) {
      const size = shape.reduce((product, length) => product * length, 1);
      const bytes = npy(size, "|u1", shape);
      const { buffer } = await convertBuffer(bytes, "binary", "plain");
      // Every element is one digit; a final newline is all that comes on top.
      const length = buffer!.length - 1;
      conversionMemo.clear();
      const { error } = await refusal(bytes, "binary", "plain", { maxBytes: length - 1 });
      expect([shape, error.message.match(/makes (\d+)/)?.[1]]).toEqual([shape, String(length)]);
      await convertBuffer(bytes, "binary", "plain", { maxBytes: length + 1 });
    }
  });
});

describe("plain to binary", () => {
  const strings = (count: number) => utf8(JSON.stringify([..."a".repeat(count), "b".repeat(count)]));

  test("one long string among many short ones is refused before any is written", async () => {
    const allocated: number[] = [];
    vi.stubGlobal(
      "Uint8Array",
      new Proxy(Uint8Array, {
        construct(target, args, newTarget) {
          if (typeof args[0] === "number") allocated.push(args[0]);
          return Reflect.construct(target, args, newTarget);
        },
      }),
    );
    try {
      for (const count of [5_000, 20_000]) {
        const bytes = strings(count);
        const { error } = await refusal(bytes, "plain", "binary");
        expect(error.code).toBe("TOO_LARGE");
        expect(Math.max(...allocated)).toBeLessThan(64 * bytes.length);
      }
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test("but not where they are few, and with an option never", async () => {
    const few = await convertBuffer(strings(200), "plain", "binary");
    expect((parse(few.buffer!.content, "binary") as NdArray).descr).toBe("<U200");
    const many = await convertBuffer(strings(2_000), "plain", "binary", { maxBytes: 2 ** 25 });
    expect(many.buffer!.length).toBeGreaterThan(4 * 2_000 * 2_000);
  });

  test("numbers beside text stay within the limit, however short they are", async () => {
    const bytes = utf8(`[1.5,${"1,".repeat(50_000)}"a"]`);
    const { buffer } = await convertBuffer(bytes, "plain", "binary");
    expect(buffer!.length).toBeGreaterThan(60 * bytes.length);
  });
});

describe("all others", () => {
  test("a few lines of aliases make no gigabyte of JSON", async () => {
    const lines = ["a0: &a0 [x]"];
    for (let i = 1; i <= 22; i++) lines.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`);
    expect((await refusal(utf8(lines.join("\n")), "yaml", "plain")).error.code).toBe("TOO_LARGE");
    expect((await refusal(utf8(lines.join("\n")), "yaml", "plain", { maxBytes: 0 })).error.code).toBe("TOO_LARGE");
  });

  test("every escape has its place", async () => {
    const text = utf8("\u0001".repeat(300_000));
    const { buffer } = await convertBuffer(text, "text", "str");
    expect(buffer!.length).toBe(6 * 300_000 + 3);
    await expect(convertBuffer(text, "text", "str", { maxBytes: 1000 })).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  test.each([-1, Number.NaN, "1", null])("the limit %o is none", async (maxBytes) => {
    const options = { maxBytes } as never;
    const wrong = { code: "INVALID_ARGUMENT" };
    await expect(convertBuffer(utf8("1"), "text", "str", options)).rejects.toMatchObject(wrong);
    const checksum = Checksum.of(utf8("1"));
    await expect(convert(checksum, "text", "bytes", async () => undefined, options)).rejects.toMatchObject(wrong);
  });
});
