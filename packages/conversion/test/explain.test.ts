import { readFileSync } from "node:fs";
import { CELLTYPES } from "@seamless/celltypes";
import { describe, expect, test } from "vitest";
import { CELLTYPE_MEANINGS, explain, VERDICT_MEANINGS, verdictOf } from "../src/explain.ts";
import { category, classify, plan } from "../src/index.ts";

const table = readFileSync(new URL("../conversions.yaml", import.meta.url), "utf8");
const pairs = CELLTYPES.flatMap((source) => CELLTYPES.map((target) => [source, target] as const));

describe("explain", () => {
  test("says of every pair what the table says", () => {
    for (const [source, target] of pairs) {
      const explanation = explain(source, target);
      expect(explanation.class).toBe(classify(source, target));
      expect(explanation.entry).toBe(category(source, target));
      expect(explanation.steps.map(({ because, ...step }) => step)).toEqual(plan(source, target));
      expect(explanation.meaning).toBe(VERDICT_MEANINGS[explanation.verdict]);
      if (source === target) continue;
      const reasons = [explanation.because, ...explanation.steps.map(({ because }) => because)];
      for (const reason of reasons) expect(table).toContain(`because: ${reason}\n`);
    }
  });

  test("gives a step the reason of its own pair", () => {
    expect(explain("binary", "yaml").because).toBe("code and YAML are text first");
    expect(explain("binary", "yaml").steps.map(({ because }) => because)).toEqual([
      explain("binary", "plain").because,
      explain("plain", "text").because,
      explain("text", "yaml").because,
    ]);
  });

  test("equal celltypes have no steps", () => {
    expect(explain("int", "int")).toMatchObject({ verdict: "trivial", because: "it is that already", steps: [] });
  });

  test("tells what works by the value from what never works", () => {
    const counted = (verdict: string) => pairs.filter((pair) => verdictOf(...pair) === verdict).length;
    expect(counted("value")).toBe(39);
    expect(counted("forbidden")).toBe(16);
    expect(explain("binary", "plain")).toMatchObject({ class: "forbidden", verdict: "value" });
    expect(explain("python", "yaml")).toMatchObject({ class: "forbidden", verdict: "forbidden" });
  });

  test("refuses what is no celltype", () => {
    expect(() => explain("int", "integer" as "int")).toThrow(/there is no celltype "integer"/);
    expect(() => explain("__proto__" as "int", "int")).toThrow(/there is no celltype "__proto__"/);
  });
});

test("every celltype is described", () => {
  expect(Object.keys(CELLTYPE_MEANINGS)).toEqual(CELLTYPES);
});
