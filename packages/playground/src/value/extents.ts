import type { Extent } from "./plots.ts";

/** A number with few digits, as a plot has it. */
export function showNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** What is seen of numbers at a glance, in words. */
export function showExtent({ least, most, mean, notFinite }: Extent): string {
  const others = notFinite === 0 ? "" : ` ${notFinite} are NaN or infinite.`;
  if (Number.isNaN(least)) return "No number is finite.";
  return `From ${showNumber(least)} to ${showNumber(most)}, with a mean of ${showNumber(mean)}.${others}`;
}
