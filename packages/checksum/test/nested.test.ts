import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Checksum, isNestedChecksum, toNestedChecksum, walkChecksums } from "../src/index.ts";
import { hex } from "./support/arbitraries.ts";
import { thrown } from "./support/errors.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);
const C = "c".repeat(64);
const walked = (value: unknown) => [...walkChecksums(value)].map(({ path, checksum }) => [path, checksum.hex()]);

/** `levels` lists around a checksum. */
function nest(levels: number): unknown {
  let value: unknown = A;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

describe("walkChecksums", () => {
  test("lists in order, dicts in the order of their keys, with the path to each checksum", () => {
    const value = { z: [A, new Checksum(B)], a: { deep: C }, empty: [], none: {} };
    expect(walked(value)).toEqual([
      [["z", 0], A],
      [["z", 1], B],
      [["a", "deep"], C],
    ]);
  });

  test("a checksum alone has an empty path", () => {
    expect(walked(A)).toEqual([[[], A]]);
    expect(walked(new Checksum(A))).toEqual([[[], A]]);
  });

  test("a Map keeps its order, whatever its keys look like", () => {
    const map = new Map([
      ["b", A],
      ["10", B],
      ["__proto__", C],
    ]);
    expect(walked({ map })).toEqual([
      [["map", "b"], A],
      [["map", "10"], B],
      [["map", "__proto__"], C],
    ]);
  });

  test("objects without a prototype are dicts; what is inherited is not seen", () => {
    const dict = Object.assign(Object.create(null), { a: A });
    expect(walked(dict)).toEqual([[["a"], A]]);
    expect(thrown(() => walked(Object.create({ a: A }))).code).toBe("INVALID_ARGUMENT");
  });

  test("one checksum or list may come several times", () => {
    const list = [A];
    expect(walked([list, list, A])).toHaveLength(3);
  });

  test("is lazy: a fault shows when the walk comes to it", () => {
    const walk = walkChecksums([A, 5]);
    expect(walk.next().value).toMatchObject({ path: [0] });
    expect(thrown(() => walk.next())).toMatchObject({ code: "INVALID_ARGUMENT", path: [1] });
  });
});

describe("toNestedChecksum", () => {
  test("makes every hex string a Checksum, Maps dicts, and keeps the shape", () => {
    const checksum = new Checksum(B);
    const result = toNestedChecksum({ a: [A, checksum], m: new Map([["x", C]]) }) as Record<string, never>;
    expect(JSON.stringify(result)).toBe(JSON.stringify({ a: [A, B], m: { x: C } }));
    expect(result["a"]![0]).toBeInstanceOf(Checksum);
    expect(result["a"]![1]).toBe(checksum);
    expect(toNestedChecksum(A)).toBeInstanceOf(Checksum);
    expect(toNestedChecksum([])).toEqual([]);
    expect(toNestedChecksum({})).toEqual({});
  });

  test("leaves its argument alone", () => {
    const value = { a: [A] };
    toNestedChecksum(value);
    expect(value).toEqual({ a: [A] });
  });

  test.each([JSON.parse(`{"__proto__": "${A}", "b": {"__proto__": ["${B}"]}}`), new Map([["__proto__", A]])])(
    "__proto__ is a key like any other",
    (value) => {
      const result = toNestedChecksum(value) as Record<string, unknown>;
      expect(Object.keys(result)).toContain("__proto__");
      expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
      expect(walked(result)).toEqual(walked(value));
      expect(walked(result)[0]).toEqual([["__proto__"], A]);
    },
  );

  test("any nesting comes through: the same walk before and after", () => {
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        hex,
        hex.map((digits) => new Checksum(digits)),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("__proto__", "1", "")), tie("value"), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(value, (nested) => {
        const converted = toNestedChecksum(nested);
        expect(walked(converted)).toEqual(walked(nested));
        expect(JSON.stringify(converted)).toBe(JSON.stringify(nested));
        expect(isNestedChecksum(nested)).toBe(true);
      }),
    );
  });
});

describe("what is no nested checksum", () => {
  test.each<[string, unknown, (string | number)[]]>([
    ["a number", 5, []],
    ["null", null, []],
    ["undefined in a list", [A, undefined], [1]],
    ["a hole in a list", Object.assign(new Array(3), { 0: A, 2: B }), [1]],
    ["uppercase hex", { k: [A.toUpperCase()] }, ["k", 0]],
    ["other text", { a: A, b: "x" }, ["b"]],
    ["white space", [`${A}\n`], [0]],
    ["bytes", { deep: [[new Uint8Array(32)]] }, ["deep", 0, 0]],
    ["a Set", [new Set([A])], [0]],
    ["a Date", { d: new Date(0) }, ["d"]],
    ["a function", [() => A], [0]],
    ["a Map with a key that is no string", { m: new Map([[1, A]]) }, ["m"]],
    ["a fault behind a Map", new Map([["k", [A, 1]]]), ["k", 1]],
  ])("%s is refused with its path", (_, value, path) => {
    for (const call of [() => walked(value), () => toNestedChecksum(value)]) {
      const error = thrown(call);
      expect(error).toMatchObject({ name: "SeamlessError", code: "INVALID_ARGUMENT" });
      expect(error.path).toEqual(path);
      if (path.length > 0) expect(error.message).toContain(`at ${JSON.stringify(path)}`);
    }
    expect(isNestedChecksum(value)).toBe(false);
  });

  test("254 levels are the most", () => {
    expect(walked(nest(254))).toEqual([[new Array(254).fill(0), A]]);
    expect(isNestedChecksum(toNestedChecksum(nest(254)))).toBe(true);
    for (const call of [() => walked(nest(255)), () => toNestedChecksum(nest(255))]) {
      const error = thrown(call);
      expect(error.code).toBe("INVALID_ARGUMENT");
      expect(error.message).toContain("254");
      expect(error.path).toHaveLength(254);
      expect(error.message.length).toBeLessThan(300);
    }
    expect(isNestedChecksum(nest(100_000))).toBe(false);
  });

  test("what contains itself is refused where it does", () => {
    const list: unknown[] = [A];
    list.push({ again: list });
    const map = new Map<string, unknown>();
    map.set("self", map);
    for (const [value, path] of [
      [list, [1, "again"]],
      [map, ["self"]],
    ]) {
      for (const call of [() => walked(value), () => toNestedChecksum(value)]) {
        expect(thrown(call)).toMatchObject({ code: "INVALID_ARGUMENT", path });
        expect(thrown(call).message).toContain("contains itself");
      }
    }
  });

  test("isNestedChecksum does not hide what a getter throws", () => {
    const failure = new Error("mine");
    const value = Object.defineProperty({}, "a", {
      enumerable: true,
      get() {
        throw failure;
      },
    });
    expect(thrown(() => isNestedChecksum(value))).toBe(failure);
  });
});
