import { MAX_INT_DIGITS } from "../numbers/big-integer.ts";

/** A number of JSON text. */
export interface ReadNumber {
  readonly value: number | bigint;
  readonly isFloat: boolean;
  /** Index behind it. */
  readonly end: number;
}

const MAX_UINT64 = 2n ** 64n - 1n;
const MIN_INT64 = -(2n ** 63n);
/** Digits of 2^64 − 1. */
const DIGITS_64 = 20;

/**
 * Read the number at `start`.
 *
 * @param bigIntegers - Keep integers over 64 bits; without it they become floats.
 * @returns what is wrong, if there is none.
 */
export function readNumber(text: string, start: number, bigIntegers: boolean): ReadNumber | string {
  let end = start;
  const negative = text.charCodeAt(end) === 0x2d;
  if (negative) end++;
  const first = end;
  end = skipDigits(text, end);
  if (end === first) return negative ? "expected a digit" : "expected a JSON value";
  if (text.charCodeAt(first) === 0x30 && end > first + 1) return "a number has no leading zeros";
  const digits = end - first;
  let isFloat = false;
  if (text.charCodeAt(end) === 0x2e) {
    isFloat = true;
    const fraction = end + 1;
    end = skipDigits(text, fraction);
    if (end === fraction) return "expected a digit after the decimal point";
  }
  if ((text.charCodeAt(end) | 0x20) === 0x65) {
    isFloat = true;
    const sign = text.charCodeAt(end + 1);
    const power = sign === 0x2b || sign === 0x2d ? end + 2 : end + 1;
    end = skipDigits(text, power);
    if (end === power) return "expected a digit in the exponent";
  }
  if (!isFloat && digits <= 15) {
    let value = 0;
    for (let i = first; i < end; i++) value = value * 10 + (text.charCodeAt(i) - 0x30);
    // `-0` is the integer 0.
    return { value: negative && value !== 0 ? -value : value, isFloat, end };
  }
  if (!isFloat && bigIntegers && digits > MAX_INT_DIGITS) {
    return `an integer of ${digits} digits, and Python reads no more than ${MAX_INT_DIGITS}`;
  }
  const token = text.slice(start, end);
  if (!isFloat && (bigIntegers || digits <= DIGITS_64)) {
    const integer = BigInt(token);
    if (bigIntegers || (integer >= MIN_INT64 && integer <= MAX_UINT64)) {
      const number = Number(integer);
      return { value: Number.isSafeInteger(number) ? number : integer, isFloat, end };
    }
  }
  const value = Number(token);
  return Number.isFinite(value) ? { value, isFloat: true, end } : "this number overflows a double";
}

function skipDigits(text: string, at: number): number {
  for (;;) {
    const code = text.charCodeAt(at);
    if (!(code >= 0x30 && code <= 0x39)) return at;
    at++;
  }
}
