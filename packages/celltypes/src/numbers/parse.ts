/** Python neither reads nor writes longer integers (`sys.int_info.default_max_str_digits`). */
export const MAX_INT_DIGITS = 4300;

/**
 * What Python's `int(text)` reads: spaces around, a sign, `_` between digits, decimal digits of any script; exactly, up to
 * the 4,300 digits that Python reads.
 *
 * @returns `undefined` where Python raises an error.
 */
export function parsePythonInt(text: string): bigint | undefined {
  const ascii = toAscii(text);
  if (ascii === undefined) return undefined;
  const first = skipSign(ascii, 0);
  const digits = digitsBehind(ascii, first);
  // Leading zeros count, `_` does not.
  if (digits === undefined || digits.end < ascii.length || digits.count > MAX_INT_DIGITS) return undefined;
  const magnitude = BigInt(withoutUnderscores(ascii.slice(first)));
  return ascii.startsWith("-") ? -magnitude : magnitude;
}

/** Is it an integer but for its length: over the 4,300 digits that Python's `int()` reads? For messages. */
export function isTooLongInt(text: string): boolean {
  const ascii = toAscii(text);
  const digits = ascii === undefined ? undefined : digitsBehind(ascii, skipSign(ascii, 0));
  return digits !== undefined && digits.end === ascii?.length && digits.count > MAX_INT_DIGITS;
}

/** What to say of one. */
export const TOO_LONG_INT = `an integer of over ${MAX_INT_DIGITS} digits, which Python's int() does not read`;

/**
 * What Python's `float(text)` reads, of finite numbers; however many digits there are, the nearest double.
 *
 * @returns `undefined` where Python raises an error, or reads infinity or NaN.
 */
export function parsePythonFloat(text: string): number | undefined {
  const ascii = toAscii(text);
  if (ascii === undefined || endOfFloat(ascii) !== ascii.length) return undefined;
  const value = Number(withoutUnderscores(ascii));
  return Number.isFinite(value) ? value : undefined;
}

/** Without the spaces around, and with ASCII digits for all others; `undefined` if anything else in it is not ASCII. */
export function toAscii(text: string): string | undefined {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  const inner = text.slice(start, end);
  if (/^[\x00-\x7f]*$/.test(inner)) return inner;
  const parts: string[] = [];
  for (const character of inner) {
    const codePoint = character.codePointAt(0)!;
    const digit = codePoint < 0x80 ? undefined : decimalDigit(codePoint);
    if (codePoint >= 0x80 && digit === undefined) return undefined;
    parts.push(digit === undefined ? character : String(digit));
  }
  return parts.join("");
}

/** White space to Python's `int()` and `float()`: that of `str.strip` without U+001C to U+001F. */
function isSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
  return /[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/.test(String.fromCharCode(unit));
}

function skipSign(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit === 0x2b || unit === 0x2d ? at + 1 : at;
}

/** A run of digits, with single `_` between them; by a loop, since no expression is sure to match a text of any length. */
function digitsBehind(text: string, start: number): { readonly end: number; readonly count: number } | undefined {
  let end = start;
  let count = 0;
  for (;;) {
    const unit = text.charCodeAt(end);
    if (unit >= 0x30 && unit <= 0x39) count++;
    else if (unit !== 0x5f || end === start || !isDigit(text, end - 1) || !isDigit(text, end + 1)) break;
    end++;
  }
  return count === 0 ? undefined : { end, count };
}

function isDigit(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0x30 && unit <= 0x39;
}

/** Index behind a float at the start: digits, a point and a fraction, an exponent; `undefined` if there is none. */
function endOfFloat(text: string): number | undefined {
  const start = skipSign(text, 0);
  const whole = digitsBehind(text, start);
  let end = whole?.end ?? start;
  if (text.charCodeAt(end) === 0x2e) {
    const fraction = digitsBehind(text, end + 1);
    if (whole === undefined && fraction === undefined) return undefined;
    end = fraction?.end ?? end + 1;
  } else if (whole === undefined) return undefined;
  if ((text.charCodeAt(end) | 0x20) !== 0x65) return end;
  return digitsBehind(text, skipSign(text, end + 1))?.end;
}

function withoutUnderscores(text: string): string {
  return text.includes("_") ? text.replaceAll("_", "") : text;
}

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

// The decimal digits of all scripts but ASCII (Numeric_Type=Decimal) in CPython 3.13, which has Unicode 15.1: the zeros of
// the runs from 0 to 9, in hex. Not asked of the JavaScript engine (`\p{Nd}`): engines follow newer versions of Unicode,
// so that what is a number would depend on where it is read.
const ZEROS =
  "660 6f0 7c0 966 9e6 a66 ae6 b66 be6 c66 ce6 d66 de6 e50 ed0 f20 1040 1090 17e0 1810 1946 19d0 1a80 1a90 1b50 " +
  "1bb0 1c40 1c50 a620 a8d0 a900 a9d0 a9f0 aa50 abf0 ff10 104a0 10d30 11066 110f0 11136 111d0 112f0 11450 114d0 " +
  "11650 116c0 11730 118e0 11950 11c50 11d50 11da0 11f50 16a60 16ac0 16b50 1d7ce 1d7d8 1d7e2 1d7ec 1d7f6 1e140 " +
  "1e2f0 1e4f0 1e950 1fbf0";

let digits: ReadonlyMap<number, number> | undefined;

/** The digit that a character beyond ASCII is to Python; `undefined` if it is not a digit. */
function decimalDigit(codePoint: number): number | undefined {
  digits ??= new Map(
    ZEROS.split(" ").flatMap((hex) => {
      const zero = Number.parseInt(hex, 16);
      return Array.from({ length: 10 }, (_, digit) => [zero + digit, digit] as const);
    }),
  );
  return digits.get(codePoint);
}
