import { utf8 } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { type Celltype, parse, serialize } from "../src/index.ts";
import { pythonStr } from "../src/numbers/notation.ts";
import { parsePythonFloat, parsePythonInt } from "../src/numbers/parse.ts";
import { fault } from "./support/yaml-faults.ts";

const read = (json: string, celltype: Celltype) => parse(utf8(json), celltype);
const written = (value: unknown, celltype: Celltype) => new TextDecoder().decode(serialize(value, celltype));
const digits = (count: number) => "7".repeat(count);

describe("Python's int() and float() of text", () => {
  test.each([
    ["9007199254740993", 9007199254740993n],
    ["-9007199254740993", -9007199254740993n],
    ["+123456789012345678901234567890", 123456789012345678901234567890n],
    ["\u2003 1_000\x85\n", 1000n],
    ["0".repeat(4299) + 5, 5n],
    ["1_".repeat(4299) + 1, BigInt("1".repeat(4300))],
    ["٠١٢", 12n],
    ["\u{11f51}\u{1e4f2}", 12n],
    ["-0", 0n],
  ])("int(%j)", (text, value) => {
    expect(parsePythonInt(text)).toBe(value);
  });

  test.each([
    "",
    " ",
    "+",
    "_1",
    "1_",
    "1__0",
    "- 1",
    "1 0",
    "0x10",
    "1.0",
    "1e3",
    "\x1c1",
    "١\x1f",
    "\ud800",
    "½",
    "²",
    // Digits since Unicode 16, which Python 3.13 does not have yet.
    "\u{10d41}",
    "\u{1e5f2}",
    "0".repeat(4301),
    "1_".repeat(4300) + 1,
  ])("int(%j) is an error", (text) => {
    expect(parsePythonInt(text)).toBeUndefined();
  });

  test.each([
    ["1_0.0_1e1_0", 10.01e10],
    [" .5\t", 0.5],
    ["5.", 5],
    ["-1E-3", -0.001],
    ["٣.١٤", 3.14],
    ["9007199254740993", 9007199254740992],
    // In the middle between two doubles, but for the last of a thousand digits.
    [`9007199254740993.${"0".repeat(1000)}1`, 9007199254740994],
    [`${digits(5000)}e-5000`, 7 / 9],
  ])("float(%j)", (text, value) => {
    expect(parsePythonFloat(text)).toBe(value);
  });

  test.each(["", ".", "e5", "1e", "1_.0", "1._0", "1_e5", "1e_5", "0x1p3", "nan", "inf", "1e999", digits(400)])(
    "float(%j) is an error, or no finite number",
    (text) => {
      expect(parsePythonFloat(text)).toBeUndefined();
    },
  );
});

describe("an int buffer", () => {
  test("with a string is read exactly, and as a float only where Python's int() does not read it", () => {
    expect(read('"9007199254740993"', "int")).toBe(9007199254740993n);
    expect(read('"18014398509481983"\n', "int")).toBe(18014398509481983n);
    expect(read('" 1_000 "', "int")).toBe(1000);
    expect(read('"-0"', "int")).toBe(0);
    expect(read('"-1.9"', "int")).toBe(-1);
    expect(read('"9007199254740993.0"', "int")).toBe(9007199254740992n);
    expect(read('"1e23"', "int")).toBe(BigInt(1e23));
    expect(read(`"${digits(300)}"`, "int")).toBe(BigInt(digits(300)));
  });

  test("with a number beyond 64 bits is read as plain reads it", () => {
    expect(read("9007199254740993", "int")).toBe(9007199254740993n);
    expect(read("36893488147419103233", "int")).toBe(36893488147419103232n);
  });

  test.each(["9007199254740993", "-9223372036854775808", "18446744073709551615"])(
    "of the text %s is the same, written or read",
    (text) => {
      expect(written(text, "int")).toBe(`${text}\n`);
      expect(read(`"${text}"`, "int")).toBe(BigInt(text));
      expect(written(`${text}.0`, "float")).toBe(written(parsePythonFloat(text), "float"));
      expect(read(`"${text}"`, "float")).toBe(Number(text));
    },
  );
});

describe("integers of over 4,300 digits are an error wherever they are in Python", () => {
  const longest = BigInt(digits(4300));
  const tooLong = 10n ** 4300n;

  test("read in mixed", () => {
    expect(read(digits(4300), "mixed")).toBe(longest);
    expect(read(`-${digits(4300)}`, "mixed")).toBe(-longest);
    for (const json of [digits(4301), `-${digits(4301)}`, `[1, {"a": ${digits(4301)}}]`, digits(2 ** 20)]) {
      expect(fault(() => read(json, "mixed"))).toMatch(/^INVALID_BUFFER: .*digits.*4300/);
    }
    // These are floats.
    expect(read(`${digits(4301)}e-4301`, "mixed")).toBe(7 / 9);
  });

  test("read in plain, where they are floats", () => {
    expect(fault(() => read(digits(4301), "plain"))).toMatch(/^INVALID_BUFFER: .*overflows/);
  });

  test.each<Celltype>(["mixed", "text", "python", "ipython", "yaml", "str", "bytes"])("written as %s", (celltype) => {
    expect(written(longest, celltype)).toContain(digits(4300));
    for (const value of [tooLong, -tooLong, 2n ** (2n ** 20n)]) {
      expect(fault(() => serialize(value, celltype))).toMatch(/^INVALID_VALUE: .*4300 digits/);
    }
  });

  test("written in a container, with the path to it", () => {
    const data = new Uint8Array(1);
    for (const value of [{ a: [tooLong], data }, { a: [tooLong] }]) {
      expect(() => serialize(value, "mixed")).toThrow(
        expect.objectContaining({ code: "INVALID_VALUE", celltype: "mixed" }),
      );
    }
    expect(() => serialize({ a: [tooLong] }, "mixed")).toThrow(expect.objectContaining({ path: ["a", 0] }));
  });

  test("as str()", () => {
    expect(pythonStr(longest)).toHaveLength(4300);
    expect(fault(() => pythonStr(-tooLong))).toMatch(/^INVALID_VALUE: .*4300 digits/);
  });
});

describe("null in binary", () => {
  test.each(["null", "null\n"])("is read from %j", (text) => {
    expect(read(text, "binary")).toBeNull();
  });

  test("is written, but not as bytes that spell it, which are no .npy", () => {
    expect(written(null, "binary")).toBe("null\n");
    expect(fault(() => serialize(utf8("null\n"), "binary"))).toMatch(/^INVALID_BUFFER/);
    expect(fault(() => read("null\n\n", "binary"))).toMatch(/^INVALID_BUFFER/);
  });
});
