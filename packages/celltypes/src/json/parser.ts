import { SeamlessError } from "@seamless/checksum";
import { hasLoneSurrogate } from "@seamless/internal/code-points";
import { tooLargeError } from "../errors.ts";
import { MAX_INT_DIGITS } from "../numbers/parse.ts";
import { utf8Length } from "../text.ts";
import { Float, setOwn } from "../values.ts";

export interface JsonReadOptions {
  readonly lossless: boolean;
  readonly bigIntegers: boolean;
  readonly loneSurrogates: boolean;
  readonly maxDepth: number;
  readonly base: number;
}

/** A list or dict that is being read. */
type Open =
  | { readonly list: unknown[] }
  | {
      readonly list?: undefined;
      readonly dict: Map<string, unknown> | Record<string, unknown>;
      key: string;
      size: number;
    };

/** V8 ends the process, without an error to catch, for an array of about 2^27 items and an object of as many keys. */
const MAX_LIST = 2 ** 26;
const MAX_DICT = 2 ** 23;

/** A backslash, and what it escapes where that is something. */
const ESCAPE = /\\(["\\/bfnrt]|u[0-9a-fA-F]{4})?/g;

/** A parser without recursion: nesting costs no stack. */
export class JsonParser {
  readonly #text: string;
  readonly #options: JsonReadOptions;
  #at = 0;

  constructor(text: string, options: JsonReadOptions) {
    this.#text = text;
    this.#options = options;
  }

  parse(): unknown {
    const open: Open[] = [];
    for (;;) {
      this.#space();
      let value = this.#begin(open);
      // `#begin` has opened a container that is not empty: its first item comes next.
      if (value === OPENED) continue;
      for (;;) {
        this.#space();
        const container = open[open.length - 1];
        if (container === undefined) return this.#finish(value);
        put(container, value);
        if (this.#separated(container)) break;
        open.pop();
        value = container.list === undefined ? container.dict : fitted(container.list);
      }
    }
  }

  /** A scalar or an empty container; or `OPENED`. */
  #begin(open: Open[]): unknown {
    const code = this.#text.charCodeAt(this.#at);
    switch (code) {
      case 0x22:
        return this.#string();
      case 0x5b:
        return this.#openList(open);
      case 0x7b:
        return this.#openDict(open);
      case 0x74:
        return this.#literal("true", true);
      case 0x66:
        return this.#literal("false", false);
      case 0x6e:
        return this.#literal("null", null);
      default:
        return this.#number();
    }
  }

  #openList(open: Open[]): unknown {
    this.#enter(open);
    this.#space();
    if (this.#text.charCodeAt(this.#at) === 0x5d) {
      this.#at++;
      return [];
    }
    open.push({ list: [] });
    return OPENED;
  }

  #openDict(open: Open[]): unknown {
    this.#enter(open);
    this.#space();
    const dict = this.#options.lossless ? new Map<string, unknown>() : ({} as Record<string, unknown>);
    if (this.#text.charCodeAt(this.#at) === 0x7d) {
      this.#at++;
      return dict;
    }
    open.push({ dict, key: this.#key(), size: 0 });
    return OPENED;
  }

  /** Past the opening bracket, if one more level is allowed. */
  #enter(open: readonly Open[]): void {
    if (open.length >= this.#options.maxDepth) throw this.#error(`nesting over ${this.#options.maxDepth} levels`);
    this.#at++;
  }

  /** After an item: is there a further one? */
  #separated(container: Open): boolean {
    const code = this.#text.charCodeAt(this.#at);
    const close = container.list === undefined ? 0x7d : 0x5d;
    if (code !== 0x2c && code !== close) {
      throw this.#error(`expected "," or "${String.fromCharCode(close)}"`);
    }
    this.#at++;
    if (code === close) return false;
    if (container.list === undefined) {
      this.#space();
      container.key = this.#key();
    }
    return true;
  }

  #key(): string {
    if (this.#text.charCodeAt(this.#at) !== 0x22) throw this.#error("expected a key in double quotes");
    const key = this.#string();
    this.#space();
    if (this.#text.charCodeAt(this.#at) !== 0x3a) throw this.#error('expected ":"');
    this.#at++;
    return key;
  }

  #finish(value: unknown): unknown {
    if (this.#at < this.#text.length) throw this.#error("expected nothing more after the value");
    return value;
  }

  #literal<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#error("expected a JSON value");
    this.#at += word.length;
    return value;
  }

  #number(): unknown {
    const number = readNumber(this.#text, this.#at, this.#options.bigIntegers);
    if (typeof number === "string") throw this.#error(number);
    this.#at = number.end;
    const { value, isFloat } = number;
    return isFloat && this.#options.lossless && Number.isInteger(value) ? new Float(value as number) : value;
  }

  #string(): string {
    const start = this.#at + 1;
    const text = this.#text;
    for (let i = start; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 0x22) {
        this.#at = i + 1;
        return text.slice(start, i);
      }
      if (code === 0x5c) return this.#escapedString(start, i);
      if (code < 0x20) throw this.#error("a control character in a string must be escaped", i);
    }
    throw this.#error("this string has no end");
  }

  /**
   * A string whose first escape is at `firstEscape`. The engine decodes it: put together here, it would be a chain of as
   * many strings as there are escapes.
   */
  #escapedString(start: number, firstEscape: number): string {
    const end = this.#endOfString(firstEscape);
    const value = decodeString(this.#text.slice(start - 1, end + 1));
    if (value === undefined) throw this.#escapeError(firstEscape, end);
    if (!this.#options.loneSurrogates && hasLoneSurrogate(value)) {
      throw this.#error("this string has an escaped surrogate without its partner");
    }
    this.#at = end + 1;
    return value;
  }

  /** Index of the closing quote. */
  #endOfString(firstEscape: number): number {
    const text = this.#text;
    for (let i = firstEscape; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 0x22) return i;
      if (code < 0x20) throw this.#error("a control character in a string must be escaped", i);
      if (code === 0x5c) i++;
    }
    throw this.#error("this string has no end");
  }

  /** The error for a string with an escape that JSON does not have. */
  #escapeError(firstEscape: number, end: number): SeamlessError {
    ESCAPE.lastIndex = firstEscape;
    let at = firstEscape;
    for (let found = ESCAPE.exec(this.#text); found !== null && found.index < end; found = ESCAPE.exec(this.#text)) {
      at = found.index;
      if (found[1] === undefined) break;
    }
    const isHex = this.#text[at + 1] === "u";
    return this.#error(isHex ? "expected four hex digits after \\u" : "this escape is not one of JSON's", at);
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #error(message: string, at = this.#at): SeamlessError {
    const { line, column } = positionOf(this.#text, at);
    const offset = this.#options.base + utf8Length(this.#text, at);
    const found = at >= this.#text.length ? ", but the text ends here" : "";
    return new SeamlessError(
      "INVALID_BUFFER",
      `this is not JSON: ${message}${found} (line ${line}, column ${column}, at byte ${offset})`,
      { offset, line, column },
    );
  }
}

/** What a string in quotes stands for; `undefined` if it has an invalid escape. */
function decodeString(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

/** Line and column, from 1; columns in characters. One pass, and no list of them: the text may be very long. */
function positionOf(text: string, at: number): { line: number; column: number } {
  let line = 1;
  let column = 1;
  for (let i = 0; i < at; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x0a) {
      line++;
      column = 1;
      // The second half of a surrogate pair is not a character of its own.
    } else if (code < 0xdc00 || code > 0xdfff) column++;
  }
  return { line, column };
}

const OPENED = Symbol("opened");

/** V8 gives a list that grows room for 17 items at once: a document of lists of one or two would take ten times as much. */
const MIN_CAPACITY = 17;

function fitted(list: unknown[]): unknown[] {
  return list.length < MIN_CAPACITY ? list.slice() : list;
}

function put(container: Open, value: unknown): void {
  if (container.list !== undefined) {
    if (container.list.length === MAX_LIST)
      throw tooLargeError("a list this long is no JavaScript array", "2^26 items");
    container.list.push(value);
    return;
  }
  if (++container.size > MAX_DICT) throw tooLargeError("a dict this large is no JavaScript object", "2^23 keys");
  if (container.dict instanceof Map) container.dict.set(container.key, value);
  else setOwn(container.dict, container.key, value);
}

/** A number of JSON text. */
interface ReadNumber {
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
 * @returns the number, or a message that says what is wrong.
 */
function readNumber(text: string, start: number, bigIntegers: boolean): ReadNumber | string {
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
