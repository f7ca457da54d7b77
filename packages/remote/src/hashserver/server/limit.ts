import { SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";

/** The longest time that a timer of the platform can hold, in milliseconds: with more it would end at once. */
export const LONGEST = 2 ** 31 - 1;

/** @throws {SeamlessError} `INVALID_ARGUMENT` for anything but a whole number of this range. */
export function checkLimit(name: string, value: number, least = 1, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const range = `from ${least.toLocaleString("en")} to ${most.toLocaleString("en")}`;
  throw new SeamlessError("INVALID_ARGUMENT", `${name} must be a whole number ${range}, got ${describe(value)}`);
}
