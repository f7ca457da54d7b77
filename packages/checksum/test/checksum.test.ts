import { inspect } from "node:util";
import vm from "node:vm";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Checksum, type ChecksumLike } from "../src/index.ts";
import { hex } from "./support/arbitraries.ts";
import { thrown } from "./support/errors.ts";

// NIST: SHA-256 of "abc".
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const abc = Checksum.of(Buffer.from("abc"));

describe("construction", () => {
  test("of bytes", () => {
    expect(abc.hex()).toBe(ABC);
    expect(Checksum.of(new Uint8Array()).hex()).toBe(EMPTY);
  });

  test("from hex digits of any case, 32 bytes, or a checksum", () => {
    const mixed = [...ABC].map((digit, i) => (i % 2 === 0 ? digit.toUpperCase() : digit)).join("");
    for (const source of [ABC, ABC.toUpperCase(), mixed, abc.bytes(), Buffer.from(ABC, "hex"), abc]) {
      expect(new Checksum(source).hex()).toBe(ABC);
    }
  });

  test("keeps its first 32 bits, for hash tables of other packages", () => {
    const word = Symbol.for("@seamless/checksum/word");
    for (const start of ["00000000", "01234567", "89abcdef", "ffffffff"]) {
      const checksum = new Checksum(start.padEnd(64, "5"));
      expect((checksum as unknown as Record<symbol, unknown>)[word]).toBe(Number.parseInt(start, 16) | 0);
    }
  });

  test("from 32 bytes that are a view into more, or of another realm", () => {
    const around = new Uint8Array([9, ...abc.bytes(), 9]);
    expect(new Checksum(around.subarray(1, 33)).hex()).toBe(ABC);
    const foreign = vm.runInNewContext("Uint8Array.from(bytes)", { bytes: [...abc.bytes()] }) as Uint8Array;
    expect(foreign).not.toBeInstanceOf(Uint8Array);
    expect(new Checksum(foreign).hex()).toBe(ABC);
  });

  test.each<[string, unknown]>([
    ["63 digits", ABC.slice(1)],
    ["65 digits", `${ABC}0`],
    ["no digits", ""],
    ["a letter that is no digit", `g${ABC.slice(1)}`],
    ["white space behind", `${ABC}\n`],
    ["white space inside", `${ABC.slice(0, 63)} `],
    ["a prefix", `0x${ABC.slice(2)}`],
    // The Kelvin sign lowercases to "k", fullwidth "A" to its own small letter; neither is ASCII.
    ["a Kelvin sign", `\u212a${ABC.slice(1)}`],
    ["a fullwidth digit", `\uff21${ABC.slice(1)}`],
    ["63 digits and an astral character", `${ABC.slice(2)}\u{1d7d8}`],
    ["31 bytes", new Uint8Array(31)],
    ["33 bytes", new Uint8Array(33)],
    ["no bytes", new Uint8Array()],
    ["other elements of 32 bytes", new Float64Array(4)],
    ["clamped bytes", new Uint8ClampedArray(32)],
    ["an ArrayBuffer", new ArrayBuffer(32)],
    ["an array of bytes", [...abc.bytes()]],
    ["a String object", new String(ABC)],
    ["a look-alike", { hex: () => ABC }],
    ["a number", 5],
    ["NaN", Number.NaN],
    ["a bigint", 5n],
    ["a symbol", Symbol("x")],
    ["a function", () => ABC],
    ["true", true],
    ["null", null],
    ["undefined", undefined],
  ])("refuses %s", (_, source) => {
    const error = thrown(() => new Checksum(source as ChecksumLike));
    expect(error).toMatchObject({ name: "SeamlessError", code: "INVALID_ARGUMENT" });
    expect(error.message).toContain("64 hex digits or 32 bytes");
    expect(error.message.length).toBeLessThan(300);
    expect(abc.equals(source)).toBe(false);
    expect(thrown(() => Checksum.compare(abc, source as ChecksumLike)).code).toBe("INVALID_ARGUMENT");
    expect(thrown(() => Checksum.compare(source as ChecksumLike, abc)).code).toBe("INVALID_ARGUMENT");
  });

  test("nothing is no checksum, also before the first one was computed", async () => {
    vi.resetModules();
    const fresh = await import("../src/index.ts");
    expect(fresh.Checksum).not.toBe(Checksum);
    for (const nothing of [undefined, null, ""]) {
      expect(thrown(() => new fresh.Checksum(nothing as never)).code).toBe("INVALID_ARGUMENT");
    }
  });

  test("what was computed last is checked as any other", () => {
    const last = Checksum.of(Buffer.from("abc")).hex();
    expect(new Checksum(last).hex()).toBe(ABC);
    expect(new Checksum(last.toUpperCase()).hex()).toBe(ABC);
    expect(thrown(() => new Checksum(`${last}0`)).code).toBe("INVALID_ARGUMENT");
  });

  test("every single character outside 0-9a-fA-F is refused", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 1 }), fc.nat(63), (character, at) => {
        fc.pre(!/^[0-9a-fA-F]$/.test(character));
        const text = ABC.slice(0, at) + character + ABC.slice(at + 1);
        expect(thrown(() => new Checksum(text)).code).toBe("INVALID_ARGUMENT");
      }),
    );
  });
});

test("hex and bytes are two forms of the same", () => {
  fc.assert(
    fc.property(hex, (digits) => {
      const checksum = new Checksum(digits);
      expect(checksum.hex()).toBe(digits);
      expect(Buffer.from(checksum.bytes()).toString("hex")).toBe(digits);
      expect(new Checksum(checksum.bytes()).hex()).toBe(digits);
    }),
  );
});

describe("equality and order", () => {
  test("equals a checksum, hex of any case and bytes", () => {
    for (const same of [abc, new Checksum(ABC), ABC, ABC.toUpperCase(), abc.bytes()])
      expect(abc.equals(same)).toBe(true);
    for (const other of [Checksum.of(new Uint8Array()), EMPTY, new Uint8Array(32)])
      expect(abc.equals(other)).toBe(false);
  });

  test("compare is the order of the bytes", () => {
    fc.assert(
      fc.property(hex, hex, (a, b) => {
        const expected = Buffer.compare(Buffer.from(a, "hex"), Buffer.from(b, "hex"));
        expect(Checksum.compare(new Checksum(a), b.toUpperCase())).toBe(expected);
        expect(Checksum.compare(a, new Checksum(a).bytes())).toBe(0);
      }),
    );
  });

  test("sorts", () => {
    const sorted = [ABC, EMPTY, "0".repeat(64), "f".repeat(64)]
      .map((digits) => new Checksum(digits))
      .sort(Checksum.compare);
    expect(sorted.map(String)).toEqual(["0".repeat(64), ABC, EMPTY, "f".repeat(64)]);
  });
});

describe("text forms", () => {
  test("a template, String and JSON give the hex digits", () => {
    expect(`${abc}`).toBe(ABC);
    expect(String(abc)).toBe(ABC);
    expect(JSON.stringify({ a: [abc] })).toBe(`{"a":["${ABC}"]}`);
  });

  test("inspection names the class", () => {
    expect(inspect(abc)).toBe(`Checksum(${ABC})`);
    expect(inspect({ deep: [abc] })).toContain(`Checksum(${ABC})`);
    expect(Object.prototype.toString.call(abc)).toBe("[object Checksum]");
  });

  test("hex() is the key of a Map", () => {
    const map = new Map([[abc.hex(), "value"]]);
    expect(map.get(new Checksum(ABC.toUpperCase()).hex())).toBe("value");
  });
});

describe("immutability", () => {
  test("bytes() is a fresh copy", () => {
    const bytes = abc.bytes();
    bytes.fill(0);
    expect(abc.hex()).toBe(ABC);
    expect(Buffer.from(abc.bytes()).toString("hex")).toBe(ABC);
    expect(abc.bytes()).not.toBe(abc.bytes());
    expect(abc.bytes().buffer.byteLength).toBe(32);
  });

  test("the source may change afterwards", () => {
    const source = Buffer.from(ABC, "hex");
    const checksum = new Checksum(source);
    source.fill(0);
    expect(checksum.hex()).toBe(ABC);
  });

  test("it has no fields to write to", () => {
    expect(Object.keys(abc)).toEqual([]);
  });
});
