import type { Celltype } from "@seamless/celltypes";
import { type ConversionClass, category, classify, type Entry, indexOf, plan, type Step } from "./matrix/lookup.ts";
import { CELLTYPE_MEANINGS, REASON_OF, REASONS } from "./matrix/reasons.generated.ts";

export type { Category, ConversionClass, ElementaryCategory, Entry, Step } from "./matrix/lookup.ts";
export { CELLTYPE_MEANINGS };

/**
 * What a user sees of a pair: its class, with what is converted by the value (`value`) set apart from what is never
 * converted (`forbidden`). Both are of the class `forbidden`.
 */
export type Verdict = ConversionClass | "value";

/** What each verdict means, in words. */
export const VERDICT_MEANINGS: Readonly<Record<Verdict, string>> = Object.freeze({
  trivial: "the checksum stays the same, and the buffer is not looked at",
  reinterpret: "the checksum stays the same, if the buffer can be read so",
  reformat: "there is always a buffer for it, mostly with another checksum",
  possible: "there is a buffer for it, if the value has a form there",
  value: "not from buffer to buffer; it works by the value, which is read and written anew, if that has a form there",
  forbidden: "there is no such conversion, by the value neither: it never works",
});

/** One step of a conversion, and why it is done so. */
export interface ExplainedStep extends Step {
  readonly because: string;
}

/** A pair of celltypes in words. */
export interface Explanation {
  readonly source: Celltype;
  readonly target: Celltype;
  readonly class: ConversionClass;
  readonly verdict: Verdict;
  /** What the verdict means. */
  readonly meaning: string;
  /** What the matrix says of the pair: its category, and whether it is done as another pair or by way of another celltype. */
  readonly entry: Entry;
  /** Why the pair is converted as it is. */
  readonly because: string;
  /** None for equal celltypes. */
  readonly steps: readonly ExplainedStep[];
}

/**
 * Tells what a user sees of a pair of celltypes.
 *
 * @param source - The celltype that the buffer has.
 * @param target - The celltype to convert it to.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for an unknown celltype.
 *
 * @example
 * import { verdictOf } from "@seamless/conversion/explain";
 * console.log(verdictOf("binary", "plain"), verdictOf("python", "yaml")); // → value forbidden
 */
export function verdictOf(source: Celltype, target: Celltype): Verdict {
  const conversionClass = classify(source, target);
  if (conversionClass !== "forbidden") return conversionClass;
  return plan(source, target).some((step) => step.category === "forbidden") ? "forbidden" : "value";
}

/**
 * Explains a conversion in the words of `conversions.yaml`.
 *
 * @param source - The celltype that the buffer has.
 * @param target - The celltype to convert it to.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for an unknown celltype.
 *
 * @example
 * import { explain } from "@seamless/conversion/explain";
 * const { verdict, because, steps } = explain("int", "yaml");
 * console.log(`${verdict}, because ${because}`);
 * // → trivial, because a scalar is a JSON value, and JSON is YAML
 * console.log(steps.map((step) => `${step.source} → ${step.target}: ${step.because}`).join("\n"));
 * // → int → plain: a scalar is a JSON value, and reads as a string too
 * // → plain → yaml: JSON is a mixed value without arrays, is YAML, and is bytes
 */
export function explain(source: Celltype, target: Celltype): Explanation {
  const verdict = verdictOf(source, target);
  return {
    source,
    target,
    class: classify(source, target),
    verdict,
    meaning: VERDICT_MEANINGS[verdict],
    entry: category(source, target),
    because: reasonOf(source, target),
    steps: plan(source, target).map((step) => ({ ...step, because: reasonOf(step.source, step.target) })),
  };
}

function reasonOf(source: Celltype, target: Celltype): string {
  return REASONS[REASON_OF[indexOf(source, target)]!] ?? "it is that already";
}
