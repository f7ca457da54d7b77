import { BACKSLASH, isAsciiDigit, isQuote, UNDERSCORE, ZERO } from "../ascii.ts";
import { isContinue, isStart } from "../unicode/identifiers.ts";
import { hasCharacter } from "../unicode/names.ts";

/** A token that Python's `tokenize` accepts and CPython's parser rejects. */
export class TokenError extends Error {}

function fail(message: string): never {
  throw new TokenError(message);
}

/** Constants that no identifier may be equal to after normalization; in ASCII they are keywords. */
const CONSTANTS: ReadonlySet<string> = new Set(["None", "True", "False"]);

/** @throws TokenError for characters beyond ASCII that identifiers may not have in Unicode 15.1. */
export function checkIdentifier(line: string, start: number, end: number): void {
  let at = start;
  while (at < end && line.charCodeAt(at) < 0x80) at++;
  if (at === end) return;
  while (at < end) {
    const code = line.codePointAt(at)!;
    // The tokenizer has checked those of ASCII.
    if (code >= 0x80 && !(at === start ? isStart(code) : isContinue(code))) {
      const shown = code.toString(16).toUpperCase().padStart(4, "0");
      fail(`invalid character U+${shown} in an identifier`);
    }
    at += code > 0xffff ? 2 : 1;
  }
  // CPython normalizes identifiers to NFKC.
  const plain = line.slice(start, end).normalize("NFKC");
  if (CONSTANTS.has(plain)) fail(`an identifier cannot be the constant ${plain} in letters beyond ASCII`);
}

/** The longest integer that CPython reads by default: `sys.set_int_max_str_digits`. */
const MAX_DIGITS = 4300;

const WORD = /[A-Za-z_]/;

/** The keywords that may follow a number without a space: `1if x else y`. CPython, too, tests only these letters. */
const KEYWORD = /and|else|for|if|in|is|or|not/y;

/** @throws TokenError for leading zeros, letters right after the number, and too many digits. */
export function checkNumber(line: string, start: number, end: number): void {
  if (end < line.length && WORD.test(line[end]!) && !keywordAt(line, end)) fail("invalid decimal literal");
  if (end - start === 1) return;
  if (line.charCodeAt(start) === ZERO) {
    if (!isZeroOrMore(line, start, end)) fail("leading zeros in a decimal integer");
  } else if (end - start > MAX_DIGITS) checkDigits(line.slice(start, end));
}

function keywordAt(line: string, at: number): boolean {
  KEYWORD.lastIndex = at;
  return KEYWORD.test(line);
}

/** Is a number that starts with a zero just zeros, or has it a base, a fraction, an exponent or a `j`? */
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

/** Zeros, floats, imaginary numbers, and hexadecimal, octal and binary integers have no limit. */
function checkDigits(number: string): void {
  if (!/^[0-9_]*$/.test(number)) return;
  const digits = number.replaceAll("_", "").length;
  if (digits > MAX_DIGITS) fail(`the integer has ${digits} digits, the limit is ${MAX_DIGITS}`);
}

/** What the prefix of a string literal says. */
export function prefixOf(line: string, start: number): { readonly bytes: boolean; readonly raw: boolean } {
  let bytes = false;
  let raw = false;
  for (let at = start; ; at++) {
    const code = line.charCodeAt(at);
    if (isQuote(code)) return { bytes, raw };
    bytes ||= (code | 0x20) === 0x62;
    raw ||= (code | 0x20) === 0x72;
  }
}

/** @throws TokenError for the text of a bytes literal with characters beyond ASCII or a wrong escape. */
export function checkBytes(text: string, raw: boolean): void {
  if (/[^\0-\x7f]/.test(text)) fail("bytes can only contain ASCII literal characters");
  if (!raw) checkEscapes(text, BYTES_ESCAPES);
}

/** Checks what follows the backslash and its letter, at an index of the text. */
type EscapeCheck = (text: string, at: number) => void;

const digits =
  (count: number, pattern: RegExp, message: string): EscapeCheck =>
  (text, at) => {
    if (!pattern.test(text.slice(at, at + count))) fail(message);
  };

/** By the letter after the backslash. CPython keeps unknown escapes as they are. */
type Escapes = ReadonlyMap<string, EscapeCheck>;

const TWO_DIGITS = digits(2, /^[0-9a-fA-F]{2}$/, "truncated \\xXX escape");
const BYTES_ESCAPES: Escapes = new Map([["x", TWO_DIGITS]]);
const ESCAPES: Escapes = new Map([
  ["x", TWO_DIGITS],
  ["u", digits(4, /^[0-9a-fA-F]{4}$/, "truncated \\uXXXX escape")],
  ["U", digits(8, /^00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}$/, "illegal Unicode character in a \\UXXXXXXXX escape")],
  ["N", checkName],
]);

/** Longer than the name of any character. */
const MAX_NAME = 256;

function checkName(text: string, at: number): void {
  const name = /^\{([^}]+)\}/.exec(text.slice(at, at + MAX_NAME))?.[1];
  if (name === undefined) fail("malformed \\N character escape");
  if (!hasCharacter(name)) fail(`unknown Unicode character name: ${name}`);
}

/** @throws TokenError for a wrong escape in the text of a literal. */
export function checkEscapes(text: string, escapes = ESCAPES): void {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) === BACKSLASH) escapes.get(text[++at]!)?.(text, at + 1);
  }
}
