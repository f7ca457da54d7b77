import { tooLargeError } from "../errors.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const NEXT_LINE = 0x85;
const DASH = 0x2d;
const DOT = 0x2e;

/** A position in a YAML text that knows its line and column. */
export class Cursor {
  readonly text: string;
  at = 0;
  line = 0;
  /** Where the current line starts. */
  lineStart = 0;
  #counted = 0;
  #pairs = 0;

  constructor(text: string) {
    this.text = text;
    // A byte order mark takes no column; only the first counts as one.
    if (this.code() === 0xfeff) this.at = this.lineStart = 1;
  }

  get column(): number {
    return this.at - this.lineStart;
  }

  /** The code unit here, or so many further on; 0 at the end. */
  code(ahead = 0): number {
    // NaN beyond the end.
    return this.text.charCodeAt(this.at + ahead) | 0;
  }

  /** Is the character here, or so many further on, of one of these classes? */
  is(classes: number, ahead = 0): boolean {
    return (classOf(this.code(ahead)) & classes) !== 0;
  }

  skip(classes: number): void {
    while (this.is(classes)) this.at++;
  }

  /** The classes must have the end of the text among them. */
  skipTo(classes: number): void {
    while (!this.is(classes)) this.at++;
  }

  /** Takes one line break, if there is one, as what it stands for in a scalar: LS and PS stay, all others are LF. Returns 0 for none. */
  takeBreak(): number {
    const code = this.code();
    if ((classOf(code) & BREAK) === 0) return 0;
    this.at += code === CARRIAGE_RETURN && this.code(1) === LINE_FEED ? 2 : 1;
    this.line++;
    this.lineStart = this.at;
    return code > NEXT_LINE ? code : LINE_FEED;
  }

  /** Is this the start of a line with `---` or `...`? */
  atMarker(): boolean {
    if (this.at !== this.lineStart) return false;
    const code = this.code();
    if (code !== DASH && code !== DOT) return false;
    return this.code(1) === code && this.code(2) === code && this.is(BLANK_OR_END, 3);
  }

  /** The number of characters before this place, as Python counts them. Must be asked for in the order of the text. */
  characters(): number {
    for (; this.#counted < this.at; this.#counted++) {
      if ((this.text.charCodeAt(this.#counted) & 0xfc00) === 0xd800) this.#pairs++;
    }
    return this.at - this.#pairs;
  }
}

// Classes of characters, as bits, so that a set of classes is one number and a character is looked up once.

/** What ends a line: YAML 1.1 breaks them at NEL, LS and PS too. */
export const BREAK = 1;
/** The end of the text, which reads as NUL: no YAML text contains one. */
const END = 2;
export const SPACE = 4;
export const TAB = 8;
/** In names of anchors, handles and directives. */
export const WORD = 16;
/** In tags. */
export const URI = 32;
/** Ends a plain scalar in brackets. */
export const FLOW = 64;
/** May follow a colon that ends a plain scalar in brackets. */
export const AFTER_COLON = 128;
/** May follow the name of an anchor, as white space may. */
export const AFTER_NAME = 256;
/** No token starts with it. */
export const NO_TOKEN = 512;
export const QUOTE = 1024;
export const COLON = 2048;

export const BREAK_OR_END = BREAK | END;
export const SPACE_OR_END = BREAK | END | SPACE;
/** What must follow `-`, `?` and `:` in block context. */
export const BLANK_OR_END = BREAK | END | SPACE | TAB;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const ASCII = classes([
  ["\r\n", BREAK],
  ["\0", END],
  [" ", SPACE],
  ["\t", TAB],
  [LETTERS, WORD],
  [`${LETTERS};/?:@&=+$,.!~*'()[]%`, URI],
  [",?[]{}", FLOW],
  [",[]{}", AFTER_COLON],
  ["?:,]}%@`", AFTER_NAME],
  ["\t%@`", NO_TOKEN],
  ["'\"\\", QUOTE],
  [":", COLON],
]);

/** The classes of a character, by its code unit. */
function classOf(code: number): number {
  if (code < 128) return ASCII[code]!;
  return code === 0x85 || code === 0x2028 || code === 0x2029 ? BREAK : 0;
}

function classes(members: readonly (readonly [characters: string, bit: number])[]): Uint16Array {
  const table = new Uint16Array(128);
  for (const [characters, bit] of members) {
    for (const character of characters) table[character.charCodeAt(0)]! |= bit;
  }
  return table;
}

/** In UTF-16 units. A text takes some twenty times its size in memory while it is read, and two hundred if it is all dicts. */
export const MAX_TEXT = 2 ** 24;

/** Collections in collections. PyYAML, under Python's default limit of recursion, gives up a little above this. */
export const MAX_DEPTH = 490;

export function tooDeepError(): Error {
  return tooLargeError("YAML nested too deep", `${MAX_DEPTH} levels`);
}

/** What is wrong with a YAML text; `parseYaml` turns it into a `SeamlessError` with the offset in bytes. */
export class YamlSyntaxError extends Error {
  /** Where, in UTF-16 units from the start of the text. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Arguments of one call. */
const CHUNK = 8192;

/** Puts a string together without a string for each of its parts. It is used again for the next. */
export class TextBuilder {
  /** In code units; may be set back. */
  length = 0;
  #units = new Uint16Array(1024);

  push(code: number): void {
    this.#reserve(1);
    this.#units[this.length++] = code;
  }

  append(text: string, from = 0, to = text.length): void {
    this.#reserve(to - from);
    const units = this.#units;
    let at = this.length;
    for (let i = from; i < to; i++) units[at++] = text.charCodeAt(i);
    this.length = at;
  }

  /** Returns what there is, and begins again. */
  finish(): string {
    const { length } = this;
    this.length = 0;
    if (length <= CHUNK) return this.#slice(0, length);
    const parts: string[] = [];
    for (let at = 0; at < length; at += CHUNK) parts.push(this.#slice(at, Math.min(at + CHUNK, length)));
    return parts.join("");
  }

  #slice(from: number, to: number): string {
    return String.fromCharCode(...this.#units.subarray(from, to));
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.#units.length) return;
    const larger = new Uint16Array(Math.max(needed, this.#units.length * 2));
    larger.set(this.#units.subarray(0, this.length));
    this.#units = larger;
  }
}
