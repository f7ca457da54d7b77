import { CELLTYPES, type Celltype } from "@seamless/celltypes";
import { SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import {
  type AllowedPair,
  CLASSES,
  type ConversionClass,
  ENTRIES,
  type Entry,
  PLANS,
  type Step,
} from "./matrix.generated.ts";

export type { AllowedPair, Category, ConversionClass, ElementaryCategory, Entry, Step } from "./matrix.generated.ts";

/** The celltypes that a celltype converts to: a conversion that is forbidden does not compile. */
export type TargetOf<S extends Celltype> = S extends Celltype
  ? TargetIn<Extract<AllowedPair, `${S}->${string}`>>
  : never;

type TargetIn<Pair extends string> = Pair extends `${string}->${infer T extends Celltype}` ? T : never;

const columns: ReadonlyMap<unknown, number> = new Map(CELLTYPES.map((celltype, i) => [celltype, i]));
const rows: ReadonlyMap<unknown, number> = new Map(CELLTYPES.map((celltype, i) => [celltype, CELLTYPES.length * i]));

/**
 * Looks up a pair of celltypes in the conversion matrix: its category, and the pair that an `equivalent` stands for (`as`)
 * or the celltype that a `chain` goes through (`via`). Costs as much as two lookups in a `Map`.
 *
 * @param source - The celltype that the buffer has.
 * @param target - The celltype to convert it to.
 * @returns `{ category: "identity" }` for equal celltypes. Frozen, and the same object each time.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for an unknown celltype.
 *
 * @example
 * import { category } from "@seamless/conversion";
 * console.log(category("int", "plain")); // → { category: 'trivial' }
 * console.log(category("int", "text")); // → { category: 'equivalent', as: [ 'plain', 'text' ] }
 * console.log(category("int", "yaml")); // → { category: 'chain', via: 'plain' }
 */
export function category(source: Celltype, target: Celltype): Entry {
  return ENTRIES[indexOf(source, target)]!;
}

/**
 * Tells what a conversion may do, judged by the celltypes alone:
 *
 * | class | may change the checksum | may fail |
 * |---|---|---|
 * | `trivial` | no | no |
 * | `reinterpret` | no | yes |
 * | `reformat` | yes | no |
 * | `possible` | yes | yes |
 * | `forbidden` | it needs the value itself (`plan` has a step of category `value`), or there is no such conversion |
 *
 * @param source - The celltype that the buffer has.
 * @param target - The celltype to convert it to.
 * @returns `"trivial"` for equal celltypes.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for an unknown celltype.
 *
 * @example
 * import { classify } from "@seamless/conversion";
 * console.log(classify("int", "plain")); // → trivial
 * console.log(classify("plain", "int")); // → reinterpret
 * console.log(classify("int", "text")); // → reformat
 * console.log(classify("bytes", "python")); // → reinterpret
 */
export function classify(source: Celltype, target: Celltype): ConversionClass {
  return CLASSES[indexOf(source, target)]!;
}

/**
 * Gives the steps of a conversion, in order: equivalents and chains are followed down to elementary conversions.
 *
 * @param source - The celltype that the buffer has.
 * @param target - The celltype to convert it to.
 * @returns No steps for equal celltypes. Frozen, and the same array each time.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for an unknown celltype.
 *
 * @example
 * import { plan } from "@seamless/conversion";
 * for (const step of plan("binary", "yaml")) console.log(`${step.source} → ${step.target}: ${step.category}`);
 * // → binary → plain: value
 * // → plain → text: reformat
 * // → text → yaml: reinterpret
 */
export function plan(source: Celltype, target: Celltype): readonly Step[] {
  return PLANS[indexOf(source, target)]!;
}

/** Position of a pair in the tables. */
export function indexOf(source: Celltype, target: Celltype): number {
  const index = rows.get(source)! + columns.get(target)!;
  // NaN if there is no such row or column.
  if (index >= 0) return index;
  throw new SeamlessError(
    "INVALID_ARGUMENT",
    `there is no celltype ${describe(rows.has(source) ? target : source)}; there are ${CELLTYPES.join(", ")}`,
  );
}
