/** Python neither reads nor writes longer integers (`sys.int_info.default_max_str_digits`). */
export const MAX_INT_DIGITS = 4300;

let bound: bigint | undefined;

/**
 * Has an integer more digits than Python's `str()` writes? By comparison: to write a million digits, only to count them,
 * would take more than time in proportion.
 */
export function exceedsDigits(value: number | bigint): boolean {
  if (typeof value === "number") return false;
  bound ??= 10n ** BigInt(MAX_INT_DIGITS);
  return value >= bound || value <= -bound;
}
