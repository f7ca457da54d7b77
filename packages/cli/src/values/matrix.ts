import type { Celltype } from "@seamless/celltypes";
import type { ConversionClass } from "@seamless/conversion";
import { CELLTYPES } from "./celltypes.ts";

/** Of a class of conversions: how the table shows it, its colour there (SGR), and what it means. */
const CLASSES: Readonly<Record<ConversionClass, readonly [sign: string, colour: number, meaning: string]>> = {
  trivial: ["=", 32, "the checksum stays the same, and the buffer is not looked at"],
  reinterpret: ["?", 36, "the checksum stays the same, if the buffer can be read so"],
  reformat: ["→", 34, "there is always a buffer for it, mostly with another checksum"],
  possible: ["~", 33, "there is a buffer for it, if the value has a form there"],
  forbidden: ["·", 31, "not from buffer to buffer; some work by the value, as 'seamless matrix FROM TO' tells"],
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
  const pair = await pairOf(from, to);
  const steps = from === to ? [] : (await describePlan(from, to)).map((line) => `  ${line}`);
  const refused = pair.plan.some(({ category }) => category === "forbidden");
  const meaning =
    pair.class !== "forbidden"
      ? CLASSES[pair.class][2]
      : refused
        ? "there is no such conversion, by the value neither: it never works"
        : "not from buffer to buffer; it works by the value, which is read and written anew, if that has a form there";
  return [`${from} → ${to}: ${pair.class}: ${meaning}`, ...steps];
}

/**
 * The table of conversions, with a legend.
 *
 * @param sources - The rows.
 * @param colour - With escape sequences for a terminal.
 */
export async function matrixTable(sources: readonly Celltype[], colour: boolean): Promise<readonly string[]> {
  const { classify } = await import("@seamless/conversion");
  const paint = (text: string, code: number) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const first = Math.max(...CELLTYPES.map((name) => name.length));
  const rows = sources.map((from) => {
    const cells = CELLTYPES.map((to) => {
      const [sign, code] = from === to ? [" ", 0] : CLASSES[classify(from, to)];
      return `${" ".repeat(to.length - 1)}${paint(sign as string, code as number)}`;
    });
    return `${from.padEnd(first)}  ${cells.join("  ")}`;
  });
  const legend = Object.entries(CLASSES).map(
    ([name, [sign, code, meaning]]) => `${paint(sign, code)}  ${name}: ${meaning}`,
  );
  return [`${" ".repeat(first)}  ${CELLTYPES.join("  ")}`, ...rows, "", ...legend];
}
