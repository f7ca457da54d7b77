import { Buffer, type Celltype, NdArray } from "@seamless/celltypes";
import { CacheMissError, Checksum, SeamlessError } from "@seamless/checksum";
import { describe, expect, test, vi } from "vitest";
import { ConversionError, convert, convertBuffer, type GetBuffer, needsBuffer } from "../src/index.ts";

const buffer = new Buffer({ a: 1 }, "plain");
const checksum = buffer.getChecksum();
const never: GetBuffer = () => new Promise(() => {});
const unused = () => {
  throw new Error("getBuffer was called");
};
const invalidArgument = expect.objectContaining({ code: "INVALID_ARGUMENT" });

describe("wrong arguments are errors at once", () => {
  test.each(["json", "", "__proto__", "toString", undefined, null, 3, {}])("celltype %j", async (celltype) => {
    const wrong = celltype as Celltype;
    const message = /^there is no celltype .*; there are binary, mixed/;
    await expect(convert(checksum, wrong, "text", unused)).rejects.toThrow(message);
    await expect(convert(checksum, "text", wrong, unused)).rejects.toThrow(invalidArgument);
    await expect(convertBuffer(buffer, wrong, wrong)).rejects.toThrow(invalidArgument);
    expect(() => needsBuffer(checksum, wrong, "text")).toThrow(message);
    expect(() => needsBuffer(checksum, "text", wrong)).toThrow(invalidArgument);
  });

  test.each(["abc", "", undefined, null, 3, {}, new Uint8Array(31), buffer])("checksum %o", async (wrong) => {
    await expect(convert(wrong as never, "plain", "plain", unused)).rejects.toThrow(invalidArgument);
    expect(() => needsBuffer(wrong as never, "plain", "plain")).toThrow(invalidArgument);
  });

  test.each([undefined, null, 3, {}, buffer])("getBuffer %o, even where it is not needed", async (wrong) => {
    await expect(convert(checksum, "plain", "mixed", wrong as never)).rejects.toThrow(/getBuffer must be a function/);
  });

  test.each([null, 3, {}, "signal"])("signal %o", async (wrong) => {
    const signal = wrong as never;
    await expect(convert(checksum, "plain", "mixed", unused, { signal })).rejects.toThrow(/must be an AbortSignal/);
    await expect(convertBuffer(buffer, "plain", "mixed", { signal })).rejects.toThrow(invalidArgument);
  });

  test.each([null, 3, "signal"])("options %o", async (wrong) => {
    const options = wrong as never;
    await expect(convert(checksum, "plain", "mixed", unused, options)).rejects.toThrow(/options must be an object/);
    await expect(convertBuffer(buffer, "plain", "mixed", options)).rejects.toThrow(invalidArgument);
  });

  test.each([undefined, null, 3, "text", {}, []])("buffer %o", async (wrong) => {
    await expect(convertBuffer(wrong as never, "plain", "mixed")).rejects.toThrow(invalidArgument);
  });
});

test("a checksum may be given in any form", async () => {
  for (const form of [checksum, checksum.hex(), checksum.hex().toUpperCase(), checksum.bytes()]) {
    const converted = await convert(form, "plain", "text", () => buffer);
    expect(converted).toEqual({ checksum });
    expect(needsBuffer(form, "plain", "yaml")).toBe(false);
  }
});

describe("getBuffer", () => {
  test("is given the checksum and the signal", async () => {
    const { signal } = new AbortController();
    const getBuffer = vi.fn(async () => buffer);
    await convert(checksum, "plain", "bool", getBuffer, { signal }).catch(() => {});
    expect(getBuffer.mock.calls).toEqual([[checksum, { signal }]]);
  });

  test.each([
    ["a Buffer", () => buffer],
    ["a promise of one", async () => buffer],
    ["bytes", () => buffer.content],
    ["what a runtime gives", () => ({ content: buffer.content, getChecksum: () => checksum })],
    ["a Buffer of Node", () => globalThis.Buffer.from(buffer.content)],
  ])("may give %s", async (_, getBuffer) => {
    await expect(convert(checksum, "plain", "text", getBuffer)).resolves.toEqual({ checksum });
  });

  test.each([undefined, null])("that gives %o is a cache miss", async (nothing) => {
    const error = await failure(convert(checksum, "plain", "bool", async () => nothing as undefined));
    expect(error).toBeInstanceOf(CacheMissError);
    expect(error).toMatchObject({ code: "CACHE_MISS", checksum, celltype: "plain" });
    expect(error.message).toContain("from plain to bool");
  });

  test("may throw a cache miss, which passes unchanged", async () => {
    const miss = new CacheMissError(Checksum.of(new Uint8Array()));
    const foreign = Object.assign(new SeamlessError("CACHE_MISS", "of another copy"));
    for (const error of [miss, foreign]) {
      expect(await failure(convert(checksum, "plain", "bool", () => Promise.reject(error)))).toBe(error);
      expect(await failure(convert(checksum, "plain", "bool", thrower(error)))).toBe(error);
    }
  });

  test.each([new Error("disk on fire"), new SeamlessError("IO_ERROR", "disk on fire"), "disk on fire", undefined])(
    "that throws %o fails the conversion, with that as its cause",
    async (cause) => {
      for (const getBuffer of [() => Promise.reject(cause), thrower(cause)]) {
        const error = await failure(convert(checksum, "plain", "bool", getBuffer));
        expect(ConversionError.isConversionError(error)).toBe(true);
        expect(error).toMatchObject({ code: "CONVERSION_FAILED", checksum, source: "plain", target: "bool" });
        expect(error.cause).toBe(cause);
        expect(error.message).toContain(cause === undefined ? "getBuffer failed" : "disk on fire");
      }
    },
  );

  test.each(["text", 3, {}, [1], true])("that gives %o fails the conversion", async (wrong) => {
    const error = await failure(convert(checksum, "plain", "bool", () => wrong as never));
    expect(error).toMatchObject({ code: "CONVERSION_FAILED", cause: invalidArgument });
    expect(error.message).toContain("getBuffer gave no buffer");
  });

  test("that gives other bytes is an error, never a wrong answer, and nothing is remembered", async () => {
    const liar = { content: new Uint8Array([0x31]), getChecksum: () => checksum };
    for (const wrong of [new Buffer(5, "plain"), new Uint8Array(), liar]) {
      const error = await failure(convert(checksum, "plain", "bool", () => wrong));
      expect(error).toMatchObject({ code: "CHECKSUM_MISMATCH", checksum, celltype: "plain" });
      expect(error.message).toContain(Checksum.of("content" in wrong ? wrong.content : wrong).hex());
    }
    expect(needsBuffer(checksum, "plain", "bool")).toBe(true);
  });

  test("is not called for what is forbidden", async () => {
    const error = await failure(convert(checksum, "python", "yaml" as never, unused));
    expect(error).toMatchObject({ code: "CONVERSION_FORBIDDEN", checksum, source: "python", target: "yaml" });
    await expect(convertBuffer(buffer, "int", "python" as never)).rejects.toMatchObject({
      code: "CONVERSION_FORBIDDEN",
    });
  });
});

describe("abort", () => {
  const reason = new Error("enough");

  test("before: nothing is done, not even what needs no buffer", async () => {
    const signal = AbortSignal.abort(reason);
    expect(await failure(convert(checksum, "plain", "mixed", unused, { signal }))).toBe(reason);
    expect(await failure(convert(checksum, "plain", "bool", unused, { signal }))).toBe(reason);
    expect(await failure(convertBuffer(buffer, "plain", "bool", { signal }))).toBe(reason);
  });

  test("while getBuffer never settles: rejects at once", async () => {
    const controller = new AbortController();
    const conversion = failure(convert(checksum, "plain", "bool", never, controller));
    controller.abort(reason);
    expect(await conversion).toBe(reason);
  });

  test("never: no listener is left on the signal", async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    await failure(convert(checksum, "plain", "bool", async () => buffer, { signal }));
    await failure(convert(checksum, "plain", "bool", async () => undefined, { signal }));
    await failure(convert(checksum, "plain", "bool", unused, { signal }));
    expect(added.mock.calls.length).toBe(3);
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
  });

  test.each([new Error("aborted by the store"), new CacheMissError(checksum)])(
    "after which getBuffer throws %o: the reason all the same",
    async (error) => {
      const controller = new AbortController();
      const getBuffer = async () => {
        controller.abort(reason);
        throw error;
      };
      expect(await failure(convert(checksum, "plain", "bool", getBuffer, controller))).toBe(reason);
    },
  );

  test("after which getBuffer gives the buffer", async () => {
    const controller = new AbortController();
    const getBuffer = () => {
      controller.abort(reason);
      return buffer;
    };
    expect(await failure(convert(checksum, "plain", "bool", getBuffer, controller))).toBe(reason);
    expect(needsBuffer(checksum, "plain", "bool")).toBe(true);
  });
});

describe("a conversion that fails", () => {
  test("says which, at which step of the plan, and why", async () => {
    const array = new Buffer(new NdArray(new Float64Array([Number.NaN])), "binary");
    const error = await failure(convertBuffer(array, "binary", "yaml"));
    expect(error).toMatchObject({
      name: "ConversionError",
      code: "CONVERSION_FAILED",
      checksum: array.getChecksum(),
      celltype: "binary",
      source: "binary",
      target: "yaml",
      step: { source: "binary", target: "plain", category: "value" },
      cause: expect.objectContaining({ code: "INVALID_VALUE" }),
    });
    const hex = array.getChecksum().hex();
    const where = "from binary to yaml, in the step from binary to plain";
    expect(error.message).toBe(`cannot convert ${hex} ${where}: the float NaN has no JSON form`);
  });

  test("of one step names the pair once", async () => {
    const { message } = await failure(convertBuffer(buffer, "plain", "bool"));
    expect(message).toMatch(/^cannot convert [0-9a-f]{64} from plain to bool: cannot read this buffer as bool: /);
  });

  test("is recognised by its code, of whatever copy of the package", () => {
    const foreign = new SeamlessError("CONVERSION_FORBIDDEN", "of another copy");
    expect(ConversionError.isConversionError(foreign)).toBe(true);
    expect(ConversionError.isConversionError(new SeamlessError("INVALID_VALUE", ""))).toBe(false);
    expect(ConversionError.isConversionError(new Error())).toBe(false);
    expect(ConversionError.isConversionError(undefined)).toBe(false);
  });
});

function thrower(error: unknown): GetBuffer {
  return () => {
    throw error;
  };
}

/** The error that a conversion ends with. */
async function failure(conversion: Promise<unknown>): Promise<ConversionError> {
  const outcome = await conversion.then(
    () => new Error("the conversion did not fail"),
    (error: unknown) => error,
  );
  return outcome as ConversionError;
}
