import type { Buffer, Celltype } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import { describe, expect, expectTypeOf, test } from "vitest";
import { type Conversion, ConversionError, convert, convertBuffer, needsBuffer, type TargetOf } from "../src/index.ts";

const checksum = Checksum.of(new Uint8Array());
const bytes = new Uint8Array();

describe("types", () => {
  test("a conversion gives a checksum, and perhaps a buffer", () => {
    expectTypeOf(convert(checksum, "int", "plain", () => undefined)).resolves.toEqualTypeOf<Conversion>();
    expectTypeOf<Conversion["checksum"]>().toEqualTypeOf<Checksum>();
    expectTypeOf<Conversion["buffer"]>().toEqualTypeOf<Buffer | undefined>();
    expectTypeOf(needsBuffer(checksum.hex(), "int", "plain")).toEqualTypeOf<boolean>();
    expectTypeOf((c: Checksum) =>
      convert(c, "int", "plain", (c) => c.resolve()),
    ).returns.resolves.toEqualTypeOf<Conversion>();
  });

  test("a forbidden pair does not compile, and is an error", async () => {
    // @ts-expect-error -- forbidden
    await expect(convert(checksum, "python", "yaml", () => undefined)).rejects.toThrow(/no such conversion/);
    // @ts-expect-error -- forbidden
    await expect(convertBuffer(bytes, "int", "python")).rejects.toThrow(/no such conversion/);
    // @ts-expect-error -- not a celltype
    await expect(convertBuffer(bytes, "json", "text")).rejects.toThrow(/no celltype/);
    expectTypeOf<TargetOf<"yaml">>().toEqualTypeOf<Exclude<Celltype, "python" | "ipython">>();
  });

  test("celltypes that are only known at run time compile", () => {
    expectTypeOf<TargetOf<Celltype>>().toEqualTypeOf<Celltype>();
    expectTypeOf((source: Celltype, target: Celltype) => convertBuffer(bytes, source, target)).not.toBeAny();
  });

  test("the guard narrows", () => {
    const error: unknown = new ConversionError("CONVERSION_FAILED", "", { checksum, source: "int", target: "bool" });
    if (!ConversionError.isConversionError(error)) throw error;
    expectTypeOf(error.code).toEqualTypeOf<"CONVERSION_FAILED" | "CONVERSION_FORBIDDEN" | "TOO_LARGE">();
    expectTypeOf(error.source).toEqualTypeOf<Celltype>();
  });
});
