/** What a `datetime64` or `timedelta64` counts: `{ name: "s", count: 25 }` is steps of 25 seconds. */
export interface TimeUnit {
  readonly name: TimeUnitName;
  readonly count: number;
}

const NAMES = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"] as const;

export type TimeUnitName = (typeof NAMES)[number];

/**
 * The unit in square brackets, as in `M8[25s]`.
 *
 * @param text - Nothing, `[generic]`, or a unit in brackets with or without a count.
 * @returns the unit, `undefined` for the generic one, or `null` if it is no unit. NumPy's fractions (`[s/2]`), which it
 * reads but never writes, are none.
 */
export function parseTimeUnit(text: string): TimeUnit | undefined | null {
  if (text === "" || text === "[generic]") return undefined;
  const [, digits = "", letters = ""] = /^\[(\d{0,10})([a-zA-Zμ]{1,2})\]$/.exec(text) ?? [];
  const name = NAMES.find((known) => known === letters.replace("μ", "u"));
  const count = digits === "" ? 1 : Number(digits);
  return name === undefined || count < 1 || count > 2 ** 31 - 1 ? null : { name, count };
}

export function showTimeUnit(unit: TimeUnit | undefined): string {
  if (unit === undefined) return "";
  return `[${unit.count === 1 ? "" : unit.count}${unit.name}]`;
}
