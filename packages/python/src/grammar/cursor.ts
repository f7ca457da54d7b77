import { DEDENT, END, ERROR, FSTRING_MIDDLE, INDENT, isKeyword, isName, NEWLINE } from "./token-ids.ts";
import type { Tokens } from "./tokens.ts";

/** A text that is not Python: at the token of that index. */
export class ParseError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const SHOWN: ReadonlyMap<number, string> = new Map([
  [END, "the end of the text"],
  [NEWLINE, "the end of the line"],
  [INDENT, "indentation"],
  [DEDENT, "the end of the block"],
  [FSTRING_MIDDLE, "text of the f-string"],
]);

/** Goes through tokens, one by one: what all parts of the grammar read with. */
export class Cursor {
  readonly tokens: Tokens;
  readonly #ids: Uint8Array;
  /** Index of the token that is next. */
  at = 0;
  /** What it is. */
  id: number;

  constructor(tokens: Tokens) {
    this.tokens = tokens;
    this.#ids = tokens.ids;
    this.id = this.#ids[0]!;
  }

  advance(): void {
    this.id = this.#ids[++this.at]!;
  }

  /** Go to a token. */
  seek(at: number): void {
    this.at = at;
    this.id = this.#ids[at]!;
  }

  /** What the token after the next one is. */
  peek(distance = 1): number {
    return this.at + distance < this.tokens.length ? this.#ids[this.at + distance]! : END;
  }

  /** Take the token if it is that. */
  accept(id: number): boolean {
    if (this.id !== id) return false;
    this.advance();
    return true;
  }

  /** Take what must come next: an operator or a keyword. */
  expect(id: number, text: string): void {
    if (!this.accept(id)) this.fail(`expected ${text}`);
  }

  /** Take a name. */
  name(): void {
    if (!isName(this.id)) this.fail("expected a name");
    this.advance();
  }

  /** The text of a token that has no line end in it. */
  textOf(at: number): string {
    const { lines, rows, starts } = this.tokens;
    const line = lines[rows[at]!] ?? "";
    // Enough for messages, and for the letters that are asked about.
    return /^(?:[\w\x80-\uffff]+|\W)/.exec(line.slice(starts[at]!, starts[at]! + 40))?.[0] ?? "";
  }

  /** @throws ParseError with the message, or why the tokens end here. */
  fail(message?: string, at = this.at): never {
    if (at === this.at && this.id === ERROR) throw new ParseError(this.tokens.error!, at);
    if (message !== undefined) throw new ParseError(message, at);
    const id = this.tokens.ids[at]!;
    const shown = SHOWN.get(id) ?? (isKeyword(id) ? `the keyword ${this.textOf(at)}` : this.textOf(at));
    throw new ParseError(`invalid syntax: ${shown}`, at);
  }
}

/**
 * What else an expression could be, as bits: the grammar has the same texts as expressions and as what is assigned to
 * or deleted, and only what comes after them tells which.
 */
export const NOTHING = 0;
/** A name without parentheses. */
export const BARE_NAME = 1;
/** A name, attribute or item, maybe in parentheses: for `+=` and annotations. */
export const SINGLE = 2;
/** Of that, or a tuple or list of such: for `=`. */
export const TARGET = 4;
/** As a target, but without stars in it: for `del`. */
export const DELETABLE = 8;

/** An attribute or an item. */
export const PLACE = SINGLE | TARGET | DELETABLE;
