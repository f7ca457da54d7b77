/** CPython reads no longer integers, unless told to: `sys.set_int_max_str_digits`. */
const MAX_DIGITS = 4300;

/** What CPython has against a number. Zeros, floats, imaginary numbers and bases of two have no limit. */
export function numberFault(number: string): string | undefined {
  if (number.length <= MAX_DIGITS || !/^[1-9][0-9_]*$/.test(number)) return undefined;
  const digits = number.replaceAll("_", "").length;
  return digits > MAX_DIGITS ? `an integer of ${digits} digits, and ${MAX_DIGITS} is the limit` : undefined;
}
