import { describe } from "@seamless/internal/text";
import { MAX_AXES } from "../array/shape.ts";
import { invalidBufferError, tooLargeError } from "../errors.ts";

/** What the literals of a header can be. Floats, bytes, `None` and sets have no place in one. */
export type Literal = string | number | boolean | LiteralSequence | LiteralDict;

export class LiteralSequence {
  constructor(
    readonly kind: "tuple" | "list",
    readonly items: readonly Literal[],
  ) {}
}

/** Of equal keys the last one wins, as in Python. `at` is the index into the text. */
export class LiteralDict {
  constructor(readonly entries: ReadonlyMap<string, { readonly value: Literal; readonly at: number }>) {}
}

// Python's own parser reads no more open brackets than this.
const MAX_DEPTH = 200;

// Lists and tuples that all fields together have: a hundred thousand fields with their shapes.
const MAX_SEQUENCES = 2 ** 18;

// A header has three; of equal ones the last counts, so that any number may stand there.
const MAX_KEYS = 3;

// Tokens are matched with a bound: no length, size or keyword is longer.
const TOKEN = /[0-9a-zA-Z_.]{0,40}/y;
const INTEGER = /^(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?:_?0)*|[1-9](?:_?[0-9])*)$/;
const END_OF_LINE = /[\r\n]/g;
const SUFFIXED = /^[1-9][0-9]*L$|^0L$/;
const SUFFIX = /[ \t\f]*L(?![0-9a-zA-Z_])/y;

/**
 * Reads the Python literals that headers of `.npy` files are: dicts, tuples, lists, strings, integers and booleans; what
 * `ast.literal_eval` reads of them. In time and memory in proportion to the text; nothing is evaluated. What no header
 * has is refused where it begins: a dict within the dict, a fourth key, a 65th axis, more fields than fit.
 *
 * @param text - A header, decoded.
 * @param longSuffix - Are integers to be read that end in `L`, as Python 2 wrote them?
 * @param offsetOf - Where in the buffer an index into the text is.
 * @throws {SeamlessError} `INVALID_BUFFER` with the offset of what is not such a literal; `TOO_LARGE`.
 */
export function parseLiteral(text: string, longSuffix: boolean, offsetOf: (index: number) => number): Literal {
  return new Parser(text, longSuffix, offsetOf).parse();
}

class Parser {
  readonly #text: string;
  readonly #longSuffix: boolean;
  readonly #offsetOf: (index: number) => number;
  #at = 0;
  #depth = 0;
  #inDict = false;
  #sequences = 0;

  constructor(text: string, longSuffix: boolean, offsetOf: (index: number) => number) {
    this.#text = text;
    this.#longSuffix = longSuffix;
    this.#offsetOf = offsetOf;
  }

  parse(): Literal {
    const nul = this.#text.indexOf("\0");
    if (nul >= 0) throw this.#error("a NUL in the header", nul);
    const value = this.#value();
    this.#skipBlank();
    if (this.#at < this.#text.length) throw this.#error("unexpected text after the header");
    return value;
  }

  #value(): Literal {
    this.#skipBlank();
    const first = this.#text[this.#at];
    if (first === "{" || first === "(" || first === "[") return this.#container(first);
    if (first === undefined) throw this.#error("the header ends too early");
    if (first === "'" || first === '"') return this.#strings();
    return /[-+0-9]/.test(first) ? this.#integer() : this.#word();
  }

  #container(open: "{" | "(" | "["): Literal {
    if (++this.#depth > MAX_DEPTH) throw this.#error("the header is nested too deeply");
    this.#at++;
    const value =
      open === "{" ? this.#dict() : open === "[" ? this.#sequence("list", "]") : this.#sequence("tuple", ")");
    this.#depth--;
    return value;
  }

  #dict(): LiteralDict {
    if (this.#inDict) throw this.#error("a dict within the dict");
    this.#inDict = true;
    const entries = new Map<string, { value: Literal; at: number }>();
    while (!this.#take("}")) {
      const key = this.#value();
      if (typeof key !== "string") throw this.#error("a key that is not a string");
      this.#expect(":");
      this.#skipBlank();
      const at = this.#at;
      entries.set(key, { value: this.#value(), at });
      if (entries.size > MAX_KEYS) throw this.#error("more keys than descr, fortran_order and shape");
      if (this.#take(",")) continue;
      this.#expect("}");
      break;
    }
    this.#inDict = false;
    return new LiteralDict(entries);
  }

  #sequence(kind: LiteralSequence["kind"], close: string): Literal {
    const items: Literal[] = [];
    while (!this.#take(close)) {
      this.#add(items, this.#value(), kind);
      if (this.#take(",")) continue;
      this.#expect(close);
      // One value in parentheses without a comma is that value.
      if (kind === "tuple" && items.length === 1) return items[0]!;
      break;
    }
    return new LiteralSequence(kind, items);
  }

  /** Only a list of fields, each of which is a tuple, is longer than a shape may be. */
  #add(items: Literal[], value: Literal, kind: LiteralSequence["kind"]): void {
    const isSequence = value instanceof LiteralSequence;
    if (isSequence && kind === "list" && value.items.length === 0) throw this.#error("a field has a name and a type");
    if (isSequence && ++this.#sequences > MAX_SEQUENCES) {
      throw tooLargeError("a header with so many fields", `${MAX_SEQUENCES} lists and tuples`);
    }
    if (items.length === MAX_AXES && !(isSequence && kind === "list")) {
      throw this.#error(`an array has at most ${MAX_AXES} axes, and a field three parts`);
    }
    items.push(value);
  }

  #integer(): number {
    const start = this.#at;
    const sign = this.#text[start];
    if (sign === "-" || sign === "+") {
      this.#at++;
      this.#skipBlank();
    }
    let digits = this.#match(TOKEN);
    if (this.#longSuffix) {
      if (SUFFIXED.test(digits)) digits = digits.slice(0, -1);
      else this.#match(SUFFIX);
    }
    const value = INTEGER.test(digits) ? Number(digits.replaceAll("_", "")) : Number.NaN;
    if (!Number.isSafeInteger(value)) throw this.#error("not an integer, or one beyond 2^53", start);
    return sign === "-" && value !== 0 ? -value : value;
  }

  #word(): Literal {
    const start = this.#at;
    const word = this.#match(TOKEN);
    if (word === "True") return true;
    if (word === "False") return false;
    const quote = this.#text[this.#at];
    if (/^[uUrR]$/.test(word) && (quote === "'" || quote === '"')) {
      this.#at = start;
      return this.#strings();
    }
    const found = word === "" ? this.#text.slice(start, start + 1) : word;
    throw this.#error(`${describe(found)} has no place in a header`, start);
  }

  /** Strings that follow each other are one. */
  #strings(): string {
    const parts: string[] = [];
    for (;;) {
      const prefix = /[uUrR]/.test(this.#text[this.#at] ?? "") ? 1 : 0;
      const quote = this.#text[this.#at + prefix];
      if (quote !== "'" && quote !== '"') return parts.length === 1 ? parts[0]! : parts.join("");
      const raw = prefix === 1 && /[rR]/.test(this.#text[this.#at]!);
      const { value, end } = readStringLiteral(this.#text, this.#at + prefix, raw, (message, at) =>
        this.#error(message, at),
      );
      parts.push(value);
      this.#at = end;
      this.#skipBlank();
    }
  }

  #take(mark: string): boolean {
    this.#skipBlank();
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #expect(mark: string): void {
    if (!this.#take(mark)) throw this.#error(`expected ${describe(mark)}`);
  }

  /** White space, comments, and backslashes that continue a line. */
  #skipBlank(): void {
    for (;;) {
      const mark = this.#text[this.#at];
      if (mark === "#") this.#skipComment();
      else if (mark === "\\" && /[\r\n]/.test(this.#text[this.#at + 1] ?? "")) this.#at += 2;
      else if (mark === " " || mark === "\n" || mark === "\t" || mark === "\r" || mark === "\f") this.#at++;
      else return;
    }
  }

  #skipComment(): void {
    END_OF_LINE.lastIndex = this.#at;
    this.#at = END_OF_LINE.exec(this.#text)?.index ?? this.#text.length;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ""] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  #error(message: string, at = this.#at): Error {
    return invalidBufferError(`not an .npy header: ${message}`, this.#offsetOf(at));
  }
}

type ToErrorAt = (message: string, at: number) => Error;

/** What stands for one character behind a backslash, and that character. */
const LETTERS = "\\'\"abfnrtv";
const CHARACTERS = "\\'\"\x07\b\f\n\r\t\v";

const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

/** What ends a string or a plain piece of it, by its closing quotes. */
const SPECIAL: ReadonlyMap<string, RegExp> = new Map([
  ["'", /[\\\r\n']/g],
  ['"', /[\\\r\n"]/g],
  ["'''", /\\|\r|'''/g],
  ['"""', /\\|\r|"""/g],
]);

/**
 * Read a Python string literal: in single, double or triple quotes, with its escapes.
 *
 * @param start - Index of the first quote.
 * @param raw - Does a backslash stand for itself?
 * @param toErrorAt - Makes the error.
 * @returns the string, and the index after the last quote.
 */
function readStringLiteral(text: string, start: number, raw: boolean, toErrorAt: ToErrorAt) {
  const quote = text[start]!;
  const triple = text.startsWith(quote.repeat(3), start);
  const close = triple ? quote.repeat(3) : quote;
  const special = SPECIAL.get(close)!;
  const parts: string[] = [];
  let at = start + close.length;
  for (;;) {
    special.lastIndex = at;
    const found = special.exec(text);
    if (found === null) throw toErrorAt("a string without an end", start);
    const [mark] = found;
    if (found.index > at) parts.push(text.slice(at, found.index));
    at = found.index + mark.length;
    if (mark === close) return { value: parts.join(""), end: at };
    if (mark === "\\") {
      const { value, end } = raw ? rawEscape(text, at) : readEscape(text, at, toErrorAt);
      parts.push(value);
      at = end;
    } else {
      if (!triple) throw toErrorAt("a string without an end", start);
      // Python reads any end of line as \n.
      parts.push("\n");
      if (text[at] === "\n") at++;
    }
  }
}

/** A backslash stays, and so does what follows it, be it a quote. */
function rawEscape(text: string, at: number): { value: string; end: number } {
  if (text[at] === "\r") return { value: "\\\n", end: text[at + 1] === "\n" ? at + 2 : at + 1 };
  return { value: `\\${text[at] ?? ""}`, end: at + 1 };
}

/** What follows a backslash. A backslash before anything else stands for itself. */
function readEscape(text: string, at: number, toErrorAt: ToErrorAt): { value: string; end: number } {
  const mark = text[at];
  if (mark === undefined) throw toErrorAt("a string without an end", at);
  if (mark === "\n") return { value: "", end: at + 1 };
  if (mark === "\r") return { value: "", end: text[at + 1] === "\n" ? at + 2 : at + 1 };
  const simple = LETTERS.indexOf(mark);
  if (simple >= 0) return { value: CHARACTERS.charAt(simple), end: at + 1 };
  const digits = HEX_DIGITS.get(mark);
  if (digits !== undefined)
    return { value: readHex(text.slice(at + 1, at + 1 + digits), digits, at, toErrorAt), end: at + 1 + digits };
  const [octal] = /^[0-7]{1,3}/.exec(text.slice(at, at + 3)) ?? [];
  if (octal !== undefined) return { value: String.fromCharCode(Number.parseInt(octal, 8)), end: at + octal.length };
  if (mark === "N") throw toErrorAt("names of characters are not supported", at);
  return { value: "\\", end: at };
}

function readHex(hex: string, digits: number, at: number, toErrorAt: ToErrorAt): string {
  const codePoint = hex.length === digits && /^[0-9a-fA-F]+$/.test(hex) ? Number.parseInt(hex, 16) : Infinity;
  if (codePoint > 0x10ffff) throw toErrorAt("no character has this escape", at);
  return String.fromCodePoint(codePoint);
}
