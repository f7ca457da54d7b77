import { DOT, isAsciiDigit } from "../text/chars.ts";
import { LexicalError } from "./kinds.ts";

const ZERO = 0x30;
const UNDERSCORE = 0x5f;
const LOWER_CASE = 0x20;

/** How the digits of a base are told, and what the tokenizer calls a literal of it. */
interface Base {
  readonly name: string;
  readonly isDigit: (code: number) => boolean;
}

const BASES: ReadonlyMap<string, Base> = new Map([
  ["x", { name: "hexadecimal", isDigit: (code) => isAsciiDigit(code) || isHexLetter(code | LOWER_CASE) }],
  ["o", { name: "octal", isDigit: (code) => code >= ZERO && code < ZERO + 8 }],
  ["b", { name: "binary", isDigit: (code) => code === ZERO || code === ZERO + 1 }],
]);

const isHexLetter = (code: number): boolean => code >= 0x61 && code <= 0x66;

/**
 * Index after the number that starts at an index, with a digit, or a dot before one. Like `tokenize` it does not mind
 * leading zeros, or names right after it: `0777` is a number, `1a` a number and a name.
 *
 * @throws LexicalError for digits that the base has not, and underscores that no digit follows.
 */
export function numberEnd(text: string, start: number): number {
  if (text.charCodeAt(start) === ZERO) {
    const base = BASES.get(text[start + 1]!.toLowerCase());
    if (base !== undefined) return basedEnd(text, start + 2, base);
  }
  let end = text.charCodeAt(start) === DOT ? start : digitsEnd(text, start);
  if (text.charCodeAt(end) === DOT) {
    end++;
    if (isAsciiDigit(text.charCodeAt(end))) end = digitsEnd(text, end);
  }
  if ((text.charCodeAt(end) | LOWER_CASE) === 0x65) {
    const exponent = exponentEnd(text, end);
    if (exponent === end) return end;
    end = exponent;
  }
  return (text.charCodeAt(end) | LOWER_CASE) === 0x6a ? end + 1 : end;
}

/** Digits with single underscores between them. */
function digitsEnd(text: string, start: number): number {
  let end = start;
  for (;;) {
    while (isAsciiDigit(text.charCodeAt(end))) end++;
    if (text.charCodeAt(end) !== UNDERSCORE) return end;
    if (!isAsciiDigit(text.charCodeAt(++end))) throw new LexicalError("invalid decimal literal", true);
  }
}

/** From the `e`; the same index if there is no exponent. */
function exponentEnd(text: string, start: number): number {
  const sign = text[start + 1];
  const digits = sign === "+" || sign === "-" ? start + 2 : start + 1;
  if (isAsciiDigit(text.charCodeAt(digits))) return digitsEnd(text, digits);
  if (digits === start + 2) throw new LexicalError("invalid decimal literal", true);
  return start;
}

function basedEnd(text: string, start: number, { name, isDigit }: Base): number {
  let end = start;
  do {
    if (text.charCodeAt(end) === UNDERSCORE) end++;
    if (!isDigit(text.charCodeAt(end))) throw new LexicalError(`invalid ${name} literal`, true);
    while (isDigit(text.charCodeAt(end))) end++;
  } while (text.charCodeAt(end) === UNDERSCORE);
  if (isAsciiDigit(text.charCodeAt(end))) throw new LexicalError(`invalid digit in ${name} literal`, true);
  return end;
}
