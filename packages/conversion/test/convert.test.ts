import { Buffer, CELLTYPES, type Celltype, parse, serialize } from "@seamless/celltypes";
import { type BufferLike, Checksum, installRuntime, type Runtime } from "@seamless/checksum";
import { utf8 } from "@seamless/internal/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { category, conversionMemo, convert, convertBuffer, needsBuffer, plan } from "../src/index.ts";
import { ruleOf } from "../src/route.ts";

const text = new Buffer("some text", "text");
const list = new Buffer([1, 2.5], "plain");
const unused = () => {
  throw new Error("getBuffer was called");
};
const pairs = CELLTYPES.flatMap((source) => CELLTYPES.map((target) => [source, target] as [Celltype, Celltype]));

beforeEach(() => conversionMemo.clear());
afterEach(() => conversionMemo.limit({ maxEntries: 10_000, maxBytes: 2 ** 25 }));

test("every elementary pair of the table has a rule, and only the forbidden ones have none", () => {
  for (const step of pairs.flatMap(([source, target]) => plan(source, target))) {
    expect([step, ruleOf(step) === undefined]).toEqual([step, step.category === "forbidden"]);
  }
});

describe("needsBuffer", () => {
  test("is false wherever every step is trivial, and for what is forbidden, identical or a checksum", () => {
    const checksum = Checksum.of(utf8("anything"));
    for (const [source, target] of pairs) {
      const words = plan(source, target).map((step) => step.category);
      const free = target === "checksum" || words.includes("forbidden") || words.every((word) => word === "trivial");
      expect([source, target, needsBuffer(checksum, source, target)]).toEqual([source, target, !free]);
    }
  });

  test.each(["null", "null\n", "true", "true\n", "false", "false\n"])("%j is known by its checksum", async (word) => {
    const checksum = Checksum.of(utf8(word));
    for (const [source, target] of pairs) {
      expect(needsBuffer(checksum, source, target)).toBe(false);
      const known = await outcome(convert(checksum, source, target as never, unused));
      conversionMemo.clear();
      expect(known).toEqual(await outcome(convertBuffer(utf8(word), source, target as never)));
    }
  });

  test("is false for a result that is remembered", async () => {
    const checksum = list.getChecksum();
    expect(needsBuffer(checksum, "plain", "binary")).toBe(true);
    const first = await convert(checksum, "plain", "binary", () => list);
    expect(needsBuffer(checksum, "plain", "binary")).toBe(false);
    expect(needsBuffer(checksum, "plain", "text")).toBe(true);
    expect(await convert(checksum, "plain", "binary", unused)).toEqual(first);
  });
});

describe("a result", () => {
  test("is the same checksum if the new buffer would equal the old", async () => {
    const canonical = new Buffer("- a", "str");
    const { checksum, buffer } = await convertBuffer(canonical, "mixed", "str");
    expect([checksum.equals(canonical.getChecksum()), buffer]).toEqual([true, undefined]);
  });

  test("is the checksum that a checksum buffer holds, whatever that stands for", async () => {
    const reference = new Buffer(text.getChecksum(), "checksum");
    const from = reference.getChecksum();
    expect(await convert(from, "checksum", "int", () => reference)).toEqual({ checksum: text.getChecksum() });
    const back = await convert(text.getChecksum(), "text", "checksum", unused);
    expect(back.checksum).toEqual(from);
    expect(back.buffer?.content).toEqual(reference.content);
  });

  test("shares no memory with the buffer that it was made of", async () => {
    for (const source of ["binary", "mixed"] as const) {
      const bytes = await convertBuffer(utf8("raw\xff"), "bytes", "binary").then(({ buffer }) =>
        buffer!.content.slice(),
      );
      const { buffer } = await convertBuffer(bytes, source, "bytes");
      bytes.fill(0);
      expect(Checksum.of(buffer!.content).equals(buffer!.getChecksum())).toBe(true);
    }
  });

  test("is not changed by what was done with one before", async () => {
    const first = await convertBuffer(list, "plain", "binary");
    Object.assign(first, { checksum: text.getChecksum(), buffer: undefined });
    const { checksum, buffer } = await convertBuffer(list, "plain", "binary");
    expect(checksum.equals(buffer!.getChecksum())).toBe(true);
  });

  test("is the same for bytes as for a Buffer, and for Node's", async () => {
    const expected = await convertBuffer(list, "plain", "binary");
    for (const bytes of [list.content, globalThis.Buffer.from(list.content)]) {
      conversionMemo.clear();
      expect((await convertBuffer(bytes, "plain", "binary")).checksum).toEqual(expected.checksum);
    }
  });
});

describe("plain and binary", () => {
  const descr = async (json: string) => {
    const { buffer } = await convertBuffer(utf8(json), "plain", "binary");
    const { descr, shape } = parse(buffer!.content, "binary")!;
    return [descr, ...shape].join(" ");
  };

  test.each([
    ["[1, 2]", "<i8 2"],
    ["[1.0, 2.0]", "<f8 2"],
    ["[1, 2.0]", "<f8 2"],
    ["[1e2]", "<f8 1"],
    ["[[1E+2], [3]]", "<f8 2 1"],
    ["[true, false]", "|b1 2"],
    ["[true, 1]", "<i8 2"],
    ["[true, 1.0]", "<f8 2"],
    ["[18446744073709551615]", "<u8 1"],
    ["[18446744073709551615, 1.0]", "<f8 2"],
    ["[18446744073709551615, 1]", "<f8 2"],
    ["[36893488147419103232]", "<f8 1"],
    ["[-0, 1]", "<i8 2"],
    ['["a", 1.0]', "<U32 2"],
    ['["a", "bc"]', "<U2 2"],
    ["[]", "<f8 0"],
    ["4.0", "<f8"],
    ["true", "|b1"],
  ])("%s makes %s, as NumPy does", async (json, expected) => {
    expect(await descr(json)).toBe(expected);
  });

  test("floats keep their values, negative zero and whole ones too", async () => {
    const numbers = [1, -0, 2 ** 53, 2 ** 53, 0.1, 1e300];
    const json = "[1.0, -0.0, 9007199254740992, 9007199254740993, 0.1, 1e300]";
    const { buffer } = await convertBuffer(utf8(json), "plain", "binary");
    expect(parse(buffer!.content, "binary")!.toArray()).toEqual(numbers);
  });

  test("integers beside floats are rounded as Python's float() does", async () => {
    const integers = [2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 54n + 2n, 2n ** 54n + 6n, -5n, 0n];
    for (const list of [integers, integers.map((n) => 2n ** 63n + (n < 0n ? -n % 99n : n))]) {
      const { buffer } = await convertBuffer(utf8(`[1.0, ${list.join(", ")}]`), "plain", "binary");
      expect(parse(buffer!.content, "binary")!.toArray()).toEqual([1, ...list.map(Number)]);
    }
  });

  test.each(['"text"', "null\n\n", "{}", '{"a": 1}', "[null]", "[[1], [1, 2]]", "[1, [2]]", "[{}]"])(
    "%s is an error",
    async (json) => {
      await expect(descr(json)).rejects.toMatchObject({ code: "CONVERSION_FAILED" });
    },
  );

  test.each(["null", "null\n"])("%j stays null", async (json) => {
    const { checksum, buffer } = await convertBuffer(utf8(json), "plain", "binary");
    expect([checksum.equals(Checksum.of(utf8(json))), buffer]).toEqual([true, undefined]);
  });

  test("there and back again gives the same buffer", async () => {
    const plain = serialize([[[1.5, 2]], [[-3, 1e300]]], "plain");
    const { buffer } = await convertBuffer(plain, "plain", "binary");
    const { buffer: back } = await convertBuffer(buffer!, "binary", "plain");
    expect(new TextDecoder().decode(back!.content)).toBe(
      new TextDecoder().decode(plain).replace(" 2\n", " 2.0\n").replace("-3", "-3.0"),
    );
  });

  test("many numbers are written as serialize does", async () => {
    const numbers = Array.from({ length: 30_000 }, (_, i) => [i + 0.5, -i - 0.1]);
    const { buffer } = await convertBuffer(serialize(numbers, "plain"), "plain", "binary");
    const { checksum } = await convertBuffer(buffer!, "binary", "plain");
    expect(checksum.equals(new Buffer(numbers, "plain").getChecksum())).toBe(true);
  });
});

describe("the memo", () => {
  const convertNumber = (n: number) => convertBuffer(new Buffer(`${n}`, "text"), "text", "str");

  test("forgets what was used longest ago", async () => {
    conversionMemo.limit({ maxEntries: 2 });
    const checksums = [1, 2, 3].map((n) => new Buffer(`${n}`, "text").getChecksum());
    await convertNumber(1);
    await convertNumber(2);
    await convertNumber(1);
    await convertNumber(3);
    expect(checksums.map((checksum) => needsBuffer(checksum, "text", "str"))).toEqual([false, true, false]);
    expect(conversionMemo.size).toBe(2);
  });

  test("is bounded in bytes, and takes no buffer that is too large for it", async () => {
    conversionMemo.limit({ maxBytes: 20 });
    for (let n = 10; n < 20; n++) await convertNumber(n);
    expect([conversionMemo.size, conversionMemo.byteLength]).toEqual([4, 20]);
    await convertBuffer(text, "text", "str");
    await convertBuffer(new Buffer("far more than twenty characters", "text"), "text", "str");
    expect([conversionMemo.size, conversionMemo.byteLength]).toEqual([2, 17]);
    conversionMemo.limit({ maxEntries: 0 });
    expect([conversionMemo.size, conversionMemo.byteLength]).toEqual([0, 0]);
    await convertNumber(1);
    expect(conversionMemo.size).toBe(0);
  });

  test("remembers no failure", async () => {
    await convertBuffer(text, "text", "int").catch(() => {});
    expect(conversionMemo.size).toBe(0);
    await expect(convertBuffer(text, "text", "int")).rejects.toThrow();
  });

  test.each([-1, 1.5, Number.NaN, "1", null])("refuses the limit %o", (limit) => {
    expect(() => conversionMemo.limit({ maxEntries: limit as number })).toThrow(/whole number from 0 up/);
    expect(() => conversionMemo.limit({ maxBytes: limit as number })).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });
});

describe("the runtime", () => {
  const registered: BufferLike[] = [];
  const runtime = { register: (buffer: BufferLike) => void registered.push(buffer) } as Runtime;
  let previous: Runtime | undefined;

  beforeEach(() => {
    registered.length = 0;
    previous = installRuntime(runtime);
  });
  afterEach(() => {
    installRuntime(previous);
  });

  test("is told of new buffers, remembered ones too, and of those alone", async () => {
    const { buffer } = await convert(list.getChecksum(), "plain", "binary", () => list);
    expect(registered).toEqual([buffer]);
    await convert(list.getChecksum(), "plain", "binary", unused);
    await convertBuffer(list, "plain", "binary");
    expect(registered).toEqual([buffer, buffer, buffer]);
    await convert(list.getChecksum(), "plain", "text", () => list);
    await convert(list.getChecksum(), "plain", "mixed", unused);
    expect(registered.length).toBe(3);
    const { buffer: hex } = await convert(list.getChecksum(), "plain", "checksum", unused);
    expect(registered[3]).toBe(hex);
  });

  test("that takes none fails the conversion", async () => {
    const cause = new Error("closed");
    installRuntime({
      ...runtime,
      register: () => {
        throw cause;
      },
    });
    await expect(convertBuffer(list, "plain", "binary")).rejects.toMatchObject({ code: "CONVERSION_FAILED", cause });
  });
});

test("the results of equal conversions at the same time are equal", async () => {
  const all = await Promise.all([1, 2, 3].map(() => convert(list.getChecksum(), "plain", "binary", async () => list)));
  for (const { checksum } of all) expect(checksum).toEqual(all[0]!.checksum);
});

test("what is forbidden is so by its category alone", async () => {
  const forbidden = pairs.filter(([source, target]) => category(source, target).category === "forbidden");
  expect(forbidden.length).toBe(16);
  for (const [source, target] of forbidden) {
    await expect(convert(list.getChecksum(), source, target as never, unused)).rejects.toMatchObject({
      code: "CONVERSION_FORBIDDEN",
      step: { source, target },
    });
  }
});

/** The result, or the code of the error. */
async function outcome(conversion: Promise<{ checksum: Checksum; buffer?: Buffer }>): Promise<unknown> {
  try {
    const { checksum, buffer } = await conversion;
    return { checksum: checksum.hex(), buffer: buffer && [...buffer.content] };
  } catch (error) {
    return (error as { code: string }).code;
  }
}
