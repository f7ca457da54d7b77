import { describe as describeValue } from "@seamless/internal/text";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  CacheMissError,
  Checksum,
  type ErrorCode,
  type ErrorFields,
  isSeamlessError,
  SeamlessError,
  type SeamlessErrorOf,
} from "../src/index.ts";

const checksum = Checksum.of(new Uint8Array());

describe("SeamlessError", () => {
  test("has its code, its message and the details that were given, and nothing more", () => {
    const error = new SeamlessError("INVALID_INDEX", "no", { offset: 0, file: "x.INDEX", path: undefined });
    expect(error).toBeInstanceOf(Error);
    expect({ ...error }).toEqual({ code: "INVALID_INDEX", offset: 0, file: "x.INDEX" });
    expect(Object.keys(error).sort()).toEqual(["code", "file", "offset"]);
    expect(error.message).toBe("no");
    expect(error.name).toBe("SeamlessError");
    expect(String(error)).toBe("SeamlessError: no");
    expect(error.stack).toContain("errors.test.ts");
    expect("cause" in error).toBe(false);
  });

  test("keeps the cause as every Error does, out of sight of loops over its fields", () => {
    const cause = new Error("deep");
    const error = new SeamlessError("IO_ERROR", "x", { cause });
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).toEqual(["code"]);
  });
});

test("CacheMissError has the checksum in message and field", () => {
  const error = new CacheMissError(checksum);
  expect(error).toBeInstanceOf(SeamlessError);
  expect(error).toMatchObject({ name: "CacheMissError", code: "CACHE_MISS" });
  expect(error.checksum).toBe(checksum);
  expect(error.message).toContain(checksum.hex());
  expect(new CacheMissError(checksum, "gone", { file: "f" })).toMatchObject({ message: "gone", file: "f", checksum });
});

test("isSeamlessError takes anything", () => {
  const error = new CacheMissError(checksum);
  expect(isSeamlessError(error)).toBe(true);
  expect(isSeamlessError(error, "CACHE_MISS")).toBe(true);
  expect(isSeamlessError(error, "IO_ERROR")).toBe(false);
  for (const value of [null, undefined, 1, "CACHE_MISS", {}, new Error("x"), { code: "CACHE_MISS" }, () => 1]) {
    expect(isSeamlessError(value)).toBe(false);
  }
});

describe("isSeamlessError narrows to what all errors of a code have", () => {
  const error: unknown = new CacheMissError(checksum);

  test("the type and the value", () => {
    if (!isSeamlessError(error, "CACHE_MISS")) throw new Error("it is one");
    expectTypeOf(error.code).toEqualTypeOf<"CACHE_MISS">();
    expectTypeOf(error.checksum).toEqualTypeOf<Checksum>();
    expectTypeOf(error.file).toEqualTypeOf<string | undefined>();
    expect(error.checksum.hex()).toBe(checksum.hex());
  });

  test("and leaves the others as they are", () => {
    const other: unknown = new SeamlessError("IO_ERROR", "x");
    if (!isSeamlessError(other, "IO_ERROR")) throw new Error("it is one");
    expectTypeOf(other.code).toEqualTypeOf<"IO_ERROR">();
    expectTypeOf(other.checksum).toEqualTypeOf<Checksum | undefined>();
    if (!isSeamlessError(error)) throw new Error("it is one");
    expectTypeOf(error).toEqualTypeOf<SeamlessError>();
  });

  test("by a table of all codes", () => {
    expectTypeOf<keyof ErrorFields>().toExtend<ErrorCode>();
    expectTypeOf<SeamlessErrorOf<"CHECKSUM_MISMATCH">["checksum"]>().toEqualTypeOf<Checksum>();
    expectTypeOf<SeamlessErrorOf<"CONVERSION_FAILED">["checksum"]>().toEqualTypeOf<Checksum>();
    expectTypeOf<SeamlessErrorOf<"CONVERSION_FORBIDDEN">["checksum"]>().toEqualTypeOf<Checksum>();
    expectTypeOf<SeamlessErrorOf<"NOT_REPRODUCIBLE">["checksum"]>().toEqualTypeOf<Checksum>();
    expectTypeOf<SeamlessErrorOf<"UNKNOWN_FUNCTION">["transformation"]>().toEqualTypeOf<Checksum>();
    expectTypeOf<SeamlessErrorOf<"TRANSFORMATION_FAILED">["transformation"]>().toEqualTypeOf<Checksum>();
    expectTypeOf<SeamlessErrorOf<"INVALID_CHECKSUM">["file"]>().toEqualTypeOf<string>();
    expectTypeOf<SeamlessErrorOf<"INDEX_FAILED">["file"]>().toEqualTypeOf<string>();
  });
});

describe("describe", () => {
  test.each<[unknown, string]>([
    ["x", '"x"'],
    ["\n", '"\\n"'],
    [null, "null"],
    [undefined, "undefined"],
    [-0.5, "-0.5"],
    [12n, "12"],
    [true, "true"],
    [[1, 2], "an array of 2"],
    [new Uint8Array(3), "Uint8Array of 3 bytes"],
    [{}, "an object (Object)"],
    [new Map(), "an object (Map)"],
    [Symbol("x"), "a symbol"],
    [() => 1, "a function"],
  ])("%o is %s", (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  test("is bounded in length", () => {
    const long = ["x".repeat(1e6), 10n ** 5000n, { [Symbol.toStringTag]: "x".repeat(1e6) }];
    for (const value of long) expect(describeValue(value).length).toBeLessThan(200);
  });
});
