import { DOT, EQUALS, isAsciiDigit, isQuote, LOWER_CASE, UNDERSCORE, ZERO } from "../ascii.ts";
import { LexicalError } from "./source.ts";

const STARTS = new Uint8Array(128);
const PARTS = new Uint8Array(128);
for (const character of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
  STARTS[character.charCodeAt(0)] = PARTS[character.charCodeAt(0)] = 1;
for (const digit of "0123456789") PARTS[digit.charCodeAt(0)] = 1;

/** Names may contain anything beyond ASCII: like `tokenize`, this leaves the check to the parser. */
export const startsName = (code: number): boolean => code >= 128 || STARTS[code] === 1;

/** Index after the name that an index is in. */
export function nameEnd(text: string, at: number): number {
  let end = at;
  for (;;) {
    const code = text.charCodeAt(end);
    if (code < 128 ? PARTS[code] !== 1 : Number.isNaN(code)) return end;
    end++;
  }
}

/** The letters before the quotes of a string. */
export interface Prefix {
  readonly length: number;
  readonly format: boolean;
  readonly raw: boolean;
}

const PREFIX = /(?:[fF][rR]?|[rR][fFbB]?|[bB][rR]?|[uU])(?=["'])/y;

/** The string prefix at an index, if a quote follows it. */
export function prefixAt(text: string, at: number): Prefix | undefined {
  const code = text.charCodeAt(at) | 0x20;
  // b, f, r, u: cheaper than matching the regular expression at every name.
  if (code !== 0x62 && code !== 0x66 && code !== 0x72 && code !== 0x75) return undefined;
  if (!isQuote(text.charCodeAt(at + 1)) && !isQuote(text.charCodeAt(at + 2))) return undefined;
  PREFIX.lastIndex = at;
  const prefix = PREFIX.exec(text)?.[0].toLowerCase();
  if (prefix === undefined) return undefined;
  return { length: prefix.length, format: prefix.includes("f"), raw: prefix.includes("r") };
}

/** A base of integers: its name in messages, and its digits. */
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
 * Index after the number that starts at an index, with a digit, or a dot before one. Like `tokenize` it accepts
 * leading zeros and names right after it: `0777` is a number, `1a` a number and a name.
 *
 * @throws LexicalError for digits that are not of the base, and for underscores without a digit after them.
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

/** Index after the exponent that starts at an `e`; the same index if there is none. */
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

const PAIRS = "!= %= &= ** *= += -= -> // /= := << <= <> == >= >> @= ^= |=".split(" ");
// These may be followed by a third character, `=`.
const WITH_EQUALS = new Set(["**", "//", "<<", ">>"]);

// By the codes of both characters: 0 is no operator, 1 an operator of two characters, 2 one that `=` may follow.
const TABLE = new Uint8Array(128 * 128);
for (const pair of PAIRS) TABLE[pair.charCodeAt(0) * 128 + pair.charCodeAt(1)] = WITH_EQUALS.has(pair) ? 2 : 1;

/** Length of the longest operator at an index; 1 for any other character. */
export function operatorLength(text: string, at: number): number {
  const second = text.charCodeAt(at + 1);
  const kind = second < 128 ? TABLE[text.charCodeAt(at) * 128 + second] : 0;
  if (!kind) return 1;
  return kind === 2 && text.charCodeAt(at + 2) === EQUALS ? 3 : 2;
}
