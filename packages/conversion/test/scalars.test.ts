import { Buffer, CELLTYPES, type Celltype, NdArray, parse, serialize } from "@seamless/celltypes";
import { beforeEach, describe, expect, test } from "vitest";
import { conversionMemo, convert, convertBuffer, plan } from "../src/index.ts";

beforeEach(() => conversionMemo.clear());

const utf32 = (text: string) => Uint32Array.from(text, (character) => character.codePointAt(0)!);
const scalar = (data: ArrayBufferView, descr: string) =>
  serialize(new NdArray(new Uint8Array(data.buffer), { descr, shape: [] }), "binary");

/** A text in every buffer that can hold it. */
function holders(text: string): [Celltype, Uint8Array][] {
  const bytes = new TextEncoder().encode(text);
  const s = scalar(bytes, `|S${bytes.length}`);
  const u = scalar(utf32(text), `<U${[...text].length}`);
  return [
    ["str", serialize(text, "str")],
    ["plain", serialize(text, "plain")],
    ["mixed", serialize(text, "mixed")],
    ["mixed", s],
    ["mixed", u],
    ["binary", s],
    ["binary", u],
  ];
}

async function as(target: "int" | "float", source: Celltype, bytes: Uint8Array): Promise<unknown> {
  const { buffer } = await convertBuffer(bytes, source, target as never);
  return parse(buffer?.content ?? bytes, target);
}

describe("text becomes the same number by parse, convert and serialize", () => {
  test.each([
    ["9007199254740993", 9007199254740993n],
    ["-9007199254740995", -9007199254740995n],
    ["18446744073709551615", 18446744073709551615n],
    [" 9_007_199_254_740_993\t", 9007199254740993n],
    ["٩٠٠٧١٩٩٢٥٤٧٤٠٩٩٣", 9007199254740993n],
    ["12", 12],
  ])("%j", async (text, value) => {
    expect(parse(serialize(text, "int"), "int")).toBe(value);
    for (const [source, bytes] of holders(text)) {
      expect([source, await as("int", source, bytes)]).toEqual([source, value]);
      expect([source, await as("float", source, bytes)]).toEqual([source, Number(value)]);
    }
    const plain = new TextEncoder().encode(`${value}\n`);
    for (const source of ["text", "bytes", "plain", "mixed", "str"] as const) {
      expect([source, await as("int", source, plain)]).toEqual([source, value]);
    }
  });

  test("or an error, where Python reads none", async () => {
    for (const text of ["7".repeat(5000), "\u{10d41}", "1__0", ""]) {
      for (const [source, bytes] of text === "" ? [] : holders(text)) {
        await expect(as("int", source, bytes)).rejects.toMatchObject({ code: "CONVERSION_FAILED" });
        await expect(as("float", source, bytes)).rejects.toMatchObject({ code: "CONVERSION_FAILED" });
      }
    }
  });

  test("integers of over 4,300 digits are JSON to nobody", async () => {
    const long = new TextEncoder().encode("7".repeat(4301));
    const { buffer } = await convertBuffer(long, "bytes", "mixed");
    expect(parse(buffer!.content, "mixed")).toBe("7".repeat(4301));
    for (const target of ["str", "int", "float", "bool"] as const) {
      await expect(convertBuffer(long, "mixed", target)).rejects.toMatchObject({ code: "CONVERSION_FAILED" });
    }
  });
});

const isForbidden = (source: Celltype, target: Celltype) =>
  plan(source, target).some(({ category }) => category === "forbidden");

describe("null", () => {
  const readers = ["binary", "mixed", "plain", "str", "int", "float", "bool"] as const;
  const unused = () => {
    throw new Error("getBuffer was called");
  };

  test.each(["null", "null\n"])("%j is null after every conversion, and nothing is fetched", async (text) => {
    const buffer = new Buffer(new TextEncoder().encode(text));
    const checksum = buffer.getChecksum();
    for (const source of readers) {
      for (const target of CELLTYPES) {
        if (target === "checksum" || isForbidden(source, target)) continue;
        const made = await convert(checksum, source, target as never, unused);
        expect([source, target, made]).toEqual([source, target, { checksum }]);
        expect(await convertBuffer(buffer, source, target as never)).toEqual({ checksum });
      }
    }
  });

  test("is bytes and text as any other to bytes and text", async () => {
    const bytes = new TextEncoder().encode("null\n");
    const array = await convertBuffer(bytes, "bytes", "binary");
    expect((parse(array.buffer!.content, "binary") as NdArray).descr).toBe("|S5");
    const str = await convertBuffer(bytes, "text", "str");
    expect(parse(str.buffer!.content, "str")).toBe("null");
  });
});

describe("long doubles", () => {
  const npy = serialize(new NdArray(new Uint8Array(32).fill(7), { descr: "<f16", shape: [2] }), "binary");
  const single = serialize(new NdArray(new Uint8Array(16).fill(7), { descr: ">f16", shape: [] }), "binary");

  test("keep their checksum wherever they stay an array", async () => {
    for (const [source, target] of [
      ["bytes", "binary"],
      ["bytes", "mixed"],
      ["mixed", "binary"],
      ["binary", "bytes"],
    ] as const) {
      expect((await convertBuffer(npy, source, target)).buffer).toBeUndefined();
    }
  });

  test("have no JSON and are no numbers, and the error says why", async () => {
    const why = { code: "CONVERSION_FAILED", message: expect.stringMatching(/long doubles.*machine/) };
    await expect(convertBuffer(npy, "binary", "plain")).rejects.toMatchObject(why);
    for (const target of ["int", "float", "bool"] as const) {
      await expect(convertBuffer(single, "binary", target)).rejects.toMatchObject(why);
      await expect(convertBuffer(single, "mixed", target)).rejects.toMatchObject(why);
    }
    await expect(convertBuffer(single, "mixed", "str")).rejects.toMatchObject(why);
  });
});
