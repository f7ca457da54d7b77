import { isAsciiDigit, UNDERSCORE, ZERO } from "../ascii.ts";

/** CPython reads no longer integers, unless told to: `sys.set_int_max_str_digits`. */
const MAX_DIGITS = 4300;

const WORD = /[A-Za-z_]/;

/** The keywords that may stand right after a number: `1if x else y`. Of the last ones two letters are enough. */
const KEYWORD = /and|else|for|if|in|is|or|not/y;

/** What CPython has against a number that its `tokenize` lets pass. */
export function numberFault(line: string, start: number, end: number): string | undefined {
  if (end < line.length && WORD.test(line[end]!) && !keywordAt(line, end)) return "invalid decimal literal";
  if (end - start === 1) return undefined;
  const first = line.charCodeAt(start);
  if (first === ZERO) return isZeroOrMore(line, start, end) ? undefined : "leading zeros in a decimal integer";
  return end - start > MAX_DIGITS ? lengthFault(line.slice(start, end)) : undefined;
}

function keywordAt(line: string, at: number): boolean {
  KEYWORD.lastIndex = at;
  return KEYWORD.test(line);
}

/** Starting with a zero: is it only zeros, or has it a base, a fraction, an exponent or a `j`? */
function isZeroOrMore(line: string, start: number, end: number): boolean {
  let zeros = true;
  for (let at = start; at < end; at++) {
    const code = line.charCodeAt(at);
    if (code === ZERO || code === UNDERSCORE) continue;
    if (!isAsciiDigit(code)) return true;
    zeros = false;
  }
  return zeros;
}

/** Zeros, floats, imaginary numbers and bases of two have no limit. */
function lengthFault(number: string): string | undefined {
  if (!/^[0-9_]*$/.test(number)) return undefined;
  const digits = number.replaceAll("_", "").length;
  return digits > MAX_DIGITS ? `an integer of ${digits} digits, and ${MAX_DIGITS} is the limit` : undefined;
}
