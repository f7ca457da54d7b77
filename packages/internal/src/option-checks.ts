import { describe } from "./text.ts";

/** Makes the error for a wrong option: each package has its own class of errors at hand. */
export type OptionError = (message: string) => Error;

/**
 * Checks of options, which return what they were given if it is right.
 *
 * @param optionError - Makes what a wrong one throws.
 */
export function optionChecks(optionError: OptionError) {
  function fail(name: string, wanted: string, value: unknown): never {
    throw optionError(`${name} is ${wanted}, got ${describe(value)}`);
  }
  function number(name: string, value: unknown, wanted: string, isRight: (value: number) => boolean): number {
    return typeof value === "number" && isRight(value) ? value : fail(name, wanted, value);
  }
  return {
    /** Throws the error for a wrong option, by what is wanted of it. */
    fail,
    /** A finite number over 0. */
    positive: (name: string, value: unknown) =>
      number(name, value, "a number over 0", (value) => value > 0 && Number.isFinite(value)),
    /** A finite number, 0 or more. */
    notNegative: (name: string, value: unknown) =>
      number(name, value, "a number, 0 or more", (value) => value >= 0 && Number.isFinite(value)),
    /** A time, 0 or more, or `Infinity` for no limit. */
    duration: (name: string, value: unknown) =>
      number(name, value, "a time: a number, 0 or more, or Infinity", (value) => value >= 0),
    /** A time over 0, or `Infinity` for never. */
    positiveDuration: (name: string, value: unknown) =>
      number(name, value, "a time: a number over 0, or Infinity", (value) => value > 0),
    /** A whole number in a range, both ends included. */
    wholeNumber(name: string, value: unknown, least = 0, most = Number.MAX_SAFE_INTEGER): number {
      if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
      // Written only here: the first number in a language's notation loads its data, which takes 10 ms.
      const end = most === Number.MAX_SAFE_INTEGER ? "up" : `to ${most.toLocaleString("en")}`;
      return fail(name, `a whole number from ${least.toLocaleString("en")} ${end}`, value);
    },
    /** A number of bytes, 0 or more, or `Infinity` for no limit. */
    bytes: (name: string, value: unknown) => number(name, value, "a number of bytes from 0 up", (value) => value >= 0),
    boolean: (name: string, value: unknown): boolean =>
      typeof value === "boolean" ? value : fail(name, "true or false", value),
    text: (name: string, value: unknown): string => (typeof value === "string" ? value : fail(name, "a text", value)),
    oneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
      return allowed.includes(value as T) ? (value as T) : fail(name, `one of ${allowed.join(", ")}`, value);
    },
  };
}

/** What `optionChecks` gives. */
export type OptionChecks = ReturnType<typeof optionChecks>;
