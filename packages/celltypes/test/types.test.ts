import type { Checksum } from "@seamless/checksum";
import { describe, expect, expectTypeOf, test } from "vitest";
import { Buffer, type Celltype, type Float, type NdArray, parse, serialize, type ValueOf } from "../src/index.ts";

const bytes = new TextEncoder().encode("1\n");

describe("types", () => {
  test("reading gives what the celltype says", () => {
    expectTypeOf(parse(bytes, "int")).toEqualTypeOf<number | bigint | null>();
    expectTypeOf(() => parse(bytes, "binary")).returns.toEqualTypeOf<NdArray | null>();
    expectTypeOf(() => parse(bytes, "text")).returns.toEqualTypeOf<string>();
    expectTypeOf(() => parse(bytes, "bool")).returns.toEqualTypeOf<boolean | null>();
    expectTypeOf(() => parse(bytes, "float", { lossless: true })).returns.toEqualTypeOf<number | Float | null>();
    expectTypeOf<NdArray>().toExtend<ValueOf<"mixed">>();
    expectTypeOf<Uint8Array>().not.toExtend<ValueOf<"mixed">>();
    expectTypeOf(new Buffer(1, "int").getValueSync("int")).toEqualTypeOf<number | bigint | null>();
  });

  test("a checksum resolves to the value of a celltype", () => {
    expectTypeOf((checksum: Checksum) => checksum.resolve("int")).returns.resolves.toEqualTypeOf<
      number | bigint | null
    >();
    // @ts-expect-error -- not a celltype
    expectTypeOf((checksum: Checksum) => checksum.resolve("integer")).not.toBeAny();
  });

  test("an unknown celltype does not compile, and throws", () => {
    // @ts-expect-error -- not a celltype
    expect(() => parse(bytes, "json")).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    // @ts-expect-error -- not a celltype
    expect(() => serialize(1, "toString")).toThrow(/there is no celltype "toString"; there are binary, mixed/);
    expect(() => serialize(1, "__proto__" as Celltype)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});
