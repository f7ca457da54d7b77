/** White space that Python's `int()` and `float()` skip: that of `str.strip` without U+001C to U+001F. */
const SPACE = "[\\t-\\r\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*";
const DIGITS = "\\p{Nd}+(?:_\\p{Nd}+)*";
const INT = new RegExp(`^${SPACE}([+-]?${DIGITS})${SPACE}$`, "u");
const NUMBER = `(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:[eE][+-]?${DIGITS})?`;
const FLOAT = new RegExp(`^${SPACE}([+-]?${NUMBER})${SPACE}$`, "u");
/** Python refuses to read longer integers (`sys.int_info.default_max_str_digits`). */
const MAX_INT_DIGITS = 4300;

/**
 * What Python's `int(text)` reads: spaces around, a sign, `_` between digits, decimal digits of any script.
 *
 * @returns `undefined` where Python raises an error.
 */
export function parsePythonInt(text: string): bigint | undefined {
  const digits = INT.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const ascii = asciiDigits(digits);
  if (ascii.replace(/^[+-]/, "").length > MAX_INT_DIGITS) return undefined;
  return ascii.startsWith("-") ? -BigInt(ascii.slice(1)) : BigInt(ascii.replace("+", ""));
}

/**
 * What Python's `float(text)` reads, of finite numbers.
 *
 * @returns `undefined` where Python raises an error, or reads infinity or NaN.
 */
export function parsePythonFloat(text: string): number | undefined {
  const digits = FLOAT.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const value = Number(asciiDigits(digits));
  return Number.isFinite(value) ? value : undefined;
}

function asciiDigits(text: string): string {
  return text.replace(/_/g, "").replace(/[^\x00-\x7f]/gu, digitValue);
}

/** Unicode's decimal digits come in runs of ten, from 0 to 9; some runs touch. */
function digitValue(digit: string): string {
  const codePoint = digit.codePointAt(0)!;
  let start = codePoint;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(start - 1))) start--;
  return String((codePoint - start) % 10);
}
