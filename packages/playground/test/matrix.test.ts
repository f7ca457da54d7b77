import { CELLTYPES } from "@seamless/celltypes";
import { explain, VERDICT_MEANINGS } from "@seamless/conversion/explain";
import { describe, expect, test } from "vitest";
import { moveByKey, type Pair, readPair, SIGNS, writePair } from "../src/matrix/grid.ts";
import { piecesOf } from "../src/matrix/words.ts";

const move = (pair: Pair, key: string, ctrlKey = false) => moveByKey(pair, { key, ctrlKey });
const [first, last] = [CELLTYPES[0]!, CELLTYPES.at(-1)!];

describe("keys in the matrix", () => {
  test("arrows lead to the next cell, and not out of the matrix", () => {
    const pair: Pair = { source: "mixed", target: "mixed" };
    expect(move(pair, "ArrowRight")).toEqual({ source: "mixed", target: "text" });
    expect(move(pair, "ArrowLeft")).toEqual({ source: "mixed", target: "binary" });
    expect(move(pair, "ArrowUp")).toEqual({ source: "binary", target: "mixed" });
    expect(move(pair, "ArrowDown")).toEqual({ source: "text", target: "mixed" });
    const corner: Pair = { source: first, target: first };
    expect([move(corner, "ArrowLeft"), move(corner, "ArrowUp")]).toEqual([corner, corner]);
    const end: Pair = { source: last, target: last };
    expect([move(end, "ArrowRight"), move(end, "ArrowDown")]).toEqual([end, end]);
  });

  test("Home and End lead along the row, or with Control to the corners; pages to top and bottom", () => {
    const pair: Pair = { source: "text", target: "yaml" };
    expect(move(pair, "Home")).toEqual({ source: "text", target: first });
    expect(move(pair, "End")).toEqual({ source: "text", target: last });
    expect(move(pair, "Home", true)).toEqual({ source: first, target: first });
    expect(move(pair, "End", true)).toEqual({ source: last, target: last });
    expect(move(pair, "PageUp")).toEqual({ source: first, target: "yaml" });
    expect(move(pair, "PageDown")).toEqual({ source: last, target: "yaml" });
  });

  test("other keys are for others", () => {
    for (const key of ["Tab", "a", "constructor", "__proto__"]) {
      expect(move({ source: "int", target: "int" }, key)).toBeUndefined();
    }
    expect(move({ source: "int", target: "int" }, "ArrowLeft", true)).toBeUndefined();
  });
});

test("a pair goes into the address and comes back; what is none, does not", () => {
  for (const source of CELLTYPES) {
    for (const target of CELLTYPES) expect(readPair(writePair({ source, target }))).toEqual({ source, target });
  }
  for (const text of [undefined, "", "int", "int.", "int.bool.str", "int.<b>", "constructor.int", ".".repeat(2000)]) {
    expect(readPair(text), text).toBeUndefined();
  }
});

test("each verdict has a letter of its own", () => {
  expect(Object.keys(SIGNS)).toEqual(Object.keys(VERDICT_MEANINGS));
  expect(new Set(Object.values(SIGNS).map(([letter]) => letter)).size).toBe(6);
});

test("code in the words is set apart, and nothing is lost of them", () => {
  expect(piecesOf("an array, as NumPy's `.npy`")).toEqual([
    { text: "an array, as NumPy's ", isCode: false },
    { text: ".npy", isCode: true },
  ]);
  expect(piecesOf("`true` or `false`").filter(({ isCode }) => isCode)).toHaveLength(2);
  for (const source of CELLTYPES) {
    for (const target of CELLTYPES) {
      const { because } = explain(source, target);
      expect(because.match(/`/g)?.length ?? 0).toSatisfy((count: number) => count % 2 === 0);
    }
  }
});
