import type { TimeUnit, TimeUnitName } from "./time-unit.ts";

/** NumPy's *not a time*: the lowest int64. */
export const NOT_A_TIME = -(2n ** 63n);

// Units of a day and below: how many make a day, and how many digits of a second's fraction they show.
const PER_DAY: Readonly<Partial<Record<TimeUnitName, bigint>>> = {
  D: 1n,
  h: 24n,
  m: 1_440n,
  s: 86_400n,
  ms: 86_400_000n,
  us: 86_400_000_000n,
  ns: 86_400_000_000_000n,
  ps: 86_400_000_000_000_000n,
  fs: 86_400_000_000_000_000_000n,
  as: 86_400_000_000_000_000_000_000n,
};
const FRACTION_DIGITS: Readonly<Partial<Record<TimeUnitName, number>>> = {
  ms: 3,
  us: 6,
  ns: 9,
  ps: 12,
  fs: 15,
  as: 18,
};

/**
 * A `datetime64` as NumPy prints it: ISO 8601, as precise as its unit: `2020`, `2020-01`, `2020-01-01T10:30`. Years
 * before 0 have a minus sign, those over 9999 more digits.
 *
 * @param ticks - Units since 1970.
 */
export function showDatetime(ticks: bigint, { name, count }: TimeUnit): string {
  if (ticks === NOT_A_TIME) return "NaT";
  const units = wrap(ticks * BigInt(count));
  if (name === "Y") return showYear(wrap(1970n + units));
  if (name === "M") return `${showYear(1970n + floorDivide(units, 12n))}-${pad(modulo(units, 12n) + 1n)}`;
  if (name === "W") return showDate(wrap(units * 7n));
  const perDay = PER_DAY[name]!;
  const days = floorDivide(units, perDay);
  return name === "D" ? showDate(days) : `${showDate(days)}T${showTime(units - days * perDay, perDay, name)}`;
}

/** @param units - Since midnight, of which there are `perDay` in a day. */
function showTime(units: bigint, perDay: bigint, name: TimeUnitName): string {
  const seconds = Number((units * 86_400n) / perDay);
  const hour = pad(Math.floor(seconds / 3600));
  if (name === "h") return hour;
  const minute = pad(Math.floor(seconds / 60) % 60);
  if (name === "m") return `${hour}:${minute}`;
  const whole = `${hour}:${minute}:${pad(seconds % 60)}`;
  const digits = FRACTION_DIGITS[name];
  return digits === undefined ? whole : `${whole}.${pad(units % (perDay / 86_400n), digits)}`;
}

/**
 * A day of the Gregorian calendar, which is taken to hold for all times.
 *
 * In years that begin in March a leap day is the last day of its year; 400 of them have 146,097 days. See Howard
 * Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 *
 * @param days - Days since 1970-01-01.
 */
function showDate(days: bigint): string {
  const shifted = days + 719_468n; // since 0000-03-01
  const era = floorDivide(shifted, 146_097n);
  const dayOfEra = Number(shifted - era * 146_097n);
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = era * 400n + BigInt(yearOfEra + (month <= 2 ? 1 : 0));
  return `${showYear(year)}-${pad(month)}-${pad(day)}`;
}

/** Four characters at least; to NumPy a minus sign is one of them, though not to ISO 8601. */
function showYear(year: bigint): string {
  return year < 0n ? `-${pad(-year, 3)}` : pad(year, 4);
}

function pad(number: number | bigint, digits = 2): string {
  return String(number).padStart(digits, "0");
}

function floorDivide(a: bigint, b: bigint): bigint {
  return (a - modulo(a, b)) / b;
}

/** NumPy reckons in int64, where dates beyond the age of the universe overflow. */
function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** The remainder, never negative. */
function modulo(a: bigint, b: bigint): bigint {
  return ((a % b) + b) % b;
}
