import type { Celltype } from "@seamless/celltypes";
import type { ConversionClass } from "@seamless/conversion";
import { CELLTYPES } from "./celltypes.ts";

/** Of a class of conversions: how the table shows it, and its colour there (SGR). */
const CLASSES: Readonly<Record<ConversionClass, readonly [sign: string, colour: number]>> = {
  trivial: ["=", 32],
  reinterpret: ["?", 36],
  reformat: ["→", 34],
  possible: ["~", 33],
  forbidden: ["·", 31],
};

/** The steps of a conversion, a line each. */
export async function describePlan(from: Celltype, to: Celltype): Promise<readonly string[]> {
  const { plan } = await import("@seamless/conversion");
  const steps = plan(from, to);
  if (steps.length === 0) return [`${from} is ${to} already`];
  return steps.map(({ source, target, category }) => `${source} → ${target}: ${category}`);
}

/** A pair of celltypes, in all that is known of it. */
export async function pairOf(from: Celltype, to: Celltype) {
  const { category, classify, plan } = await import("@seamless/conversion");
  const entry = category(from, to);
  return { from, to, class: classify(from, to), ...entry, plan: plan(from, to) };
}

/** A pair explained: its class, what that means, and its steps. */
export async function explainPair(from: Celltype, to: Celltype): Promise<readonly string[]> {
  const { explain } = await import("@seamless/conversion/explain");
  const explanation = explain(from, to);
  const steps = from === to ? [] : (await describePlan(from, to)).map((line) => `  ${line}`);
  return [`${from} → ${to}: ${explanation.class}: ${explanation.meaning}`, ...steps];
}

/**
 * The table of conversions, with a legend.
 *
 * @param sources - The rows.
 * @param colour - With escape sequences for a terminal.
 */
export async function matrixTable(sources: readonly Celltype[], colour: boolean): Promise<readonly string[]> {
  const { classify } = await import("@seamless/conversion");
  const { VERDICT_MEANINGS } = await import("@seamless/conversion/explain");
  const paint = (text: string, code: number) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const first = Math.max(...CELLTYPES.map((name) => name.length));
  const rows = sources.map((from) => {
    const cells = CELLTYPES.map((to) => {
      const [sign, code] = from === to ? [" ", 0] : CLASSES[classify(from, to)];
      return `${" ".repeat(to.length - 1)}${paint(sign as string, code as number)}`;
    });
    return `${from.padEnd(first)}  ${cells.join("  ")}`;
  });
  const meanings = {
    ...VERDICT_MEANINGS,
    forbidden: "not from buffer to buffer; some work by the value, as 'seamless matrix FROM TO' tells",
  };
  const legend = Object.entries(CLASSES).map(
    ([name, [sign, code]]) => `${paint(sign, code)}  ${name}: ${meanings[name as ConversionClass]}`,
  );
  return [`${" ".repeat(first)}  ${CELLTYPES.join("  ")}`, ...rows, "", ...legend];
}
