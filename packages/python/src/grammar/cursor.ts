import { DEDENT, END, ERROR, FSTRING_MIDDLE, INDENT, isKeyword, isName, NEWLINE } from "./token-ids.ts";
import type { Tokens } from "./tokens.ts";

/** A syntax error, at the token with an index. */
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

/** Steps through the tokens: the base of the parser. */
export class Cursor {
  readonly tokens: Tokens;
  readonly #ids: Uint8Array;
  /** Index of the next token. */
  at = 0;
  /** Its id. */
  id: number;

  constructor(tokens: Tokens) {
    this.tokens = tokens;
    this.#ids = tokens.ids;
    this.id = this.#ids[0]!;
  }

  advance(): void {
    this.id = this.#ids[++this.at]!;
  }

  /** Continue at a token. */
  seek(at: number): void {
    this.at = at;
    this.id = this.#ids[at]!;
  }

  /** The id of a token after the next one. */
  peek(distance = 1): number {
    return this.at + distance < this.tokens.length ? this.#ids[this.at + distance]! : END;
  }

  /** Consume the next token if it has the id. */
  accept(id: number): boolean {
    if (this.id !== id) return false;
    this.advance();
    return true;
  }

  /** Consume an operator or a keyword that must come next. */
  expect(id: number, text: string): void {
    if (!this.accept(id)) this.fail(`expected ${text}`);
  }

  /** Consume a name that must come next. */
  name(): void {
    if (!isName(this.id)) this.fail("expected a name");
    this.advance();
  }

  /** The start of a token's text: enough for messages and for the letter of a conversion. */
  textOf(at: number): string {
    const { lines, rows, starts } = this.tokens;
    const line = lines[rows[at]!] ?? "";
    return /^(?:[\w\x80-\uffff]+|\W)/.exec(line.slice(starts[at]!, starts[at]! + 40))?.[0] ?? "";
  }

  /** @throws ParseError with the message, or with the error of the tokenizer if the tokens end here. */
  fail(message?: string, at = this.at): never {
    if (at === this.at && this.id === ERROR) throw new ParseError(this.tokens.error!, at);
    if (message !== undefined) throw new ParseError(message, at);
    const id = this.tokens.ids[at]!;
    const shown = SHOWN.get(id) ?? (isKeyword(id) ? `the keyword ${this.textOf(at)}` : this.textOf(at));
    throw new ParseError(`invalid syntax: ${shown}`, at);
  }
}

/**
 * What an expression can also be used as, in bits: targets of assignments and deletions look like expressions, and only
 * the tokens after them tell which it is. The parser calls this the shape of an expression.
 */
export const NOTHING = 0;
/** A name without parentheses. */
export const BARE_NAME = 1;
/** A name, attribute or item, maybe in parentheses: a target of `+=` and annotations. */
export const SINGLE = 2;
/** A single target, or a tuple or list of targets: a target of `=`. */
export const TARGET = 4;
/** A target without stars: a target of `del`. */
export const DELETABLE = 8;

/** An attribute or an item. */
export const PLACE = SINGLE | TARGET | DELETABLE;
