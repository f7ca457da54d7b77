import { readFileSync } from "node:fs";
import { CELLTYPES, type Celltype } from "@seamless/celltypes";
import { isSeamlessError } from "@seamless/checksum";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  type AllowedPair,
  type Category,
  type ConversionClass,
  category,
  classify,
  type Entry,
  plan,
  type Step,
} from "../src/matrix/lookup.ts";
import { CATEGORIES, CLASSES, ENTRIES, PLANS } from "../src/matrix/matrix.generated.ts";

type Matrix = Readonly<Record<Celltype, Readonly<Record<Celltype, Entry>>>>;
const vectors = JSON.parse(readFileSync(new URL("vectors/matrix.json", import.meta.url), "utf8")) as {
  readonly celltypes: readonly Celltype[];
  readonly matrix: Matrix;
};
const { matrix } = vectors;
const pairs = CELLTYPES.flatMap((source) => CELLTYPES.map((target) => [source, target] as const));

test("the celltypes are in the order of the vectors", () => {
  expect(CELLTYPES).toEqual(vectors.celltypes);
  for (const table of [ENTRIES, CLASSES, PLANS]) expect(table).toHaveLength(CELLTYPES.length ** 2);
});

test.each(pairs)("%s -> %s", (source, target) => {
  expect(category(source, target)).toEqual(matrix[source][target]);
  const steps = plan(source, target);
  expect(steps).toEqual(stepsOf(source, target));
  expect(classify(source, target)).toBe(classOf(steps));
});

test("what the contract counts", () => {
  const counts = Object.fromEntries(CATEGORIES.map((word) => [word, 0]));
  for (const [source, target] of pairs) counts[category(source, target).category]!++;
  expect(counts).toEqual({
    identity: 13,
    trivial: 18,
    reinterpret: 14,
    reformat: 10,
    possible: 7,
    value: 30,
    forbidden: 16,
    equivalent: 32,
    chain: 29,
  });
});

describe("classes", () => {
  test.each<[Celltype, Celltype, ConversionClass]>([
    ["int", "int", "trivial"],
    ["int", "plain", "trivial"],
    ["plain", "int", "reinterpret"],
    ["text", "plain", "reformat"],
    ["mixed", "str", "possible"],
    ["binary", "plain", "forbidden"], // value
    ["python", "yaml", "forbidden"],
    ["int", "text", "reformat"], // as plain -> text
    ["str", "binary", "forbidden"], // as plain -> binary, which is value
    ["int", "yaml", "trivial"], // trivial, trivial
    ["bytes", "str", "reinterpret"], // reinterpret, reinterpret
    ["text", "int", "possible"], // reformat, reinterpret: may change, may fail
    ["binary", "yaml", "forbidden"], // value, reformat, reinterpret
  ])("%s -> %s is %s", (source, target, expected) => {
    expect(classify(source, target)).toBe(expected);
  });

  test("convert refuses nothing that is not forbidden itself", () => {
    for (const [source, target] of pairs) {
      const barred = plan(source, target).some((step) => step.category === "forbidden");
      expect(barred).toBe(category(source, target).category === "forbidden");
    }
  });
});

describe("what is given out", () => {
  test("is the same each time and cannot be changed", () => {
    for (const [source, target] of pairs) {
      const entry = category(source, target);
      expect(category(source, target)).toBe(entry);
      expect(plan(source, target)).toBe(plan(source, target));
      const steps = plan(source, target);
      for (const part of [entry, ...(entry.as ? [entry.as] : []), steps, ...steps]) {
        expect(Object.isFrozen(part)).toBe(true);
      }
    }
  });
});

describe("unknown celltypes", () => {
  const unknown = [
    "json",
    "",
    "__proto__",
    "constructor",
    "INT",
    undefined,
    null,
    0,
    ["int"],
    Symbol("int"),
  ] as unknown[] as Celltype[];
  test.each([category, classify, plan])("%o", (lookup) => {
    for (const celltype of unknown) {
      for (const [source, target] of [
        [celltype, "int"],
        ["int", celltype],
        [celltype, celltype],
      ] as const) {
        expect(() => lookup(source, target)).toThrow(
          expect.toSatisfy((error) => isSeamlessError(error, "INVALID_ARGUMENT")),
        );
      }
    }
    expect(() => lookup("int", "json" as Celltype)).toThrow(/^there is no celltype "json"; there are binary, mixed, /);
    expect(() => lookup("json" as Celltype, "int")).toThrow(/^there is no celltype "json"; /);
  });
});

test("types", () => {
  expectTypeOf(category).parameters.toEqualTypeOf<[source: Celltype, target: Celltype]>();
  expectTypeOf(category).returns.toEqualTypeOf<Entry>();
  expectTypeOf(classify).returns.toEqualTypeOf<"trivial" | "reinterpret" | "reformat" | "possible" | "forbidden">();
  expectTypeOf(plan).returns.toEqualTypeOf<readonly Step[]>();
  expectTypeOf<Step["category"]>().toEqualTypeOf<Exclude<Category, "identity" | "equivalent" | "chain">>();
  expectTypeOf<AllowedPair>().toExtend<`${Celltype}->${Celltype}`>();
  expectTypeOf<"int->plain" | "binary->plain" | "int->int" | "checksum->bool">().toExtend<AllowedPair>();
  // All that is missing from it.
  type Forbidden = Exclude<`${Celltype}->${Celltype}`, AllowedPair>;
  expectTypeOf<Forbidden>().toEqualTypeOf<
    | `${"python" | "ipython"}->${"yaml" | "int" | "float" | "bool"}`
    | `${"yaml" | "int" | "float" | "bool"}->${"python" | "ipython"}`
  >();
  // @ts-expect-error -- no celltype
  expect(() => category("json", "int")).toThrow();
});

/** The steps of a pair, from the vectors alone. */
function stepsOf(source: Celltype, target: Celltype): readonly Step[] {
  const { category, as, via } = matrix[source][target];
  if (category === "identity") return [];
  if (category === "equivalent") return stepsOf(as![0], as![1]);
  if (category === "chain") return [...stepsOf(source, via!), ...stepsOf(via!, target)];
  return [{ source, target, category }];
}

/** The class of steps, in the words of the contract. */
function classOf(steps: readonly Step[]): ConversionClass {
  const words = new Set(steps.map(({ category }) => category));
  if (words.has("value") || words.has("forbidden")) return "forbidden";
  const mayChange = words.has("reformat") || words.has("possible");
  const mayFail = words.has("reinterpret") || words.has("possible");
  return mayChange && mayFail ? "possible" : mayChange ? "reformat" : mayFail ? "reinterpret" : "trivial";
}
