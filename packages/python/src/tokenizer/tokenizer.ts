import {
  BACKSLASH,
  COLON,
  CR,
  DELETE,
  DOT,
  FF,
  HASH,
  isAsciiDigit,
  isClosing,
  isOpening,
  isQuote,
  LF,
  SPACE,
  TAB,
} from "../ascii.ts";
import { nameEnd, numberEnd, operatorLength, type Prefix, prefixAt, startsName } from "./lexemes.ts";
import { type Indents, indentTo, LexicalError, NO_INDENTS, Source } from "./source.ts";
import {
  closeBracket,
  type FString,
  isTriple,
  openBracket,
  openFString,
  scanFString,
  scanString,
  unterminatedError,
} from "./strings.ts";

/** Kinds of tokens; the literal parts of f-strings are tokens of their own. */
export const Kind = {
  end: 0,
  name: 1,
  number: 2,
  string: 3,
  fstringStart: 4,
  fstringMiddle: 5,
  fstringEnd: 6,
  operator: 7,
  comment: 8,
  /** The end of a logical line. */
  newline: 9,
  /** The end of a line that does not end a logical line: of a blank line, or between brackets. */
  nl: 10,
  indent: 11,
  dedent: 12,
  /** The token that IPython adds for some errors of the tokenizer. */
  error: 13,
} as const;

export type Kind = (typeof Kind)[keyof typeof Kind];

/**
 * Python's `tokenize`, as of 3.13: it accepts more than the parser does (`0777`, `1a`, `)`, `?`, `!`), and reads tokens
 * up to the first lexical error. Where patch releases differ it follows the later ones: since 3.13.4 no line may end in
 * the format specification of an f-string in single quotes.
 *
 * @see https://docs.python.org/3.13/library/tokenize.html
 */
export class Tokenizer extends Source {
  /** The last token: its kind, and where it starts and ends. */
  kind: Kind = Kind.end;
  startRow = 0;
  start = 0;
  end = 0;
  /** Its character code if it is a single character, else 0. */
  code = 0;
  /** Open brackets. */
  level = 0;
  indents: Indents = NO_INDENTS;
  readonly #strings: FString[] = [];
  #lineBegins = true;
  // How many indents (positive) or dedents (negative) are still to be emitted.
  #pending = 0;
  // Is the last comment alone on its line?
  #commentLine = false;

  /** Continue at a line that begins a statement, after the given indentation levels. */
  resume(row: number, indents: Indents): void {
    this.seek(row);
    this.indents = indents;
    this.level = 0;
    this.#strings.length = 0;
    this.#lineBegins = true;
    this.#pending = 0;
    this.#commentLine = false;
  }

  /** Has a statement just ended, with no bracket or f-string open? Then `resume` can continue here. */
  get isSettled(): boolean {
    return this.#lineBegins && this.level === 0 && this.#strings.length === 0;
  }

  /** The text of the last token, for lines that were split without their ends. */
  tokenText(): string {
    const { lines, startRow, row, start, end } = this;
    if (startRow === row) return lines[row]!.slice(start, end);
    return [lines[startRow]!.slice(start), ...lines.slice(startRow + 1, row), lines[row]!.slice(0, end)].join("\n");
  }

  /**
   * Read a token.
   *
   * @throws LexicalError where the tokens end early, FatalError for wrong indentation and lone surrogates.
   */
  next(): Kind {
    const string = this.#strings.at(-1);
    return string?.literal ? this.#inString(string) : this.#inCode(string);
  }

  #token(kind: Kind, start: number, end = this.at): Kind {
    this.kind = kind;
    this.startRow = this.row;
    this.start = start;
    this.end = end;
    this.code = end - start === 1 ? this.text.charCodeAt(start) : 0;
    return kind;
  }

  /** A token that may span lines; then its character code is 0. */
  #spanning(kind: Kind, startRow: number, start: number, end = this.at): Kind {
    this.#token(kind, start, end);
    if (startRow !== this.row) this.code = 0;
    this.startRow = startRow;
    return kind;
  }

  #inString(string: FString): Kind {
    const { row, at } = this;
    const { part, end } = scanFString(this, string);
    if (part === "field") return this.#inCode(string);
    if (part === "middle") return this.#spanning(Kind.fstringMiddle, row, at, end);
    this.#strings.pop();
    return this.#token(Kind.fstringEnd, at);
  }

  #inCode(string: FString | undefined): Kind {
    const blank = this.#lineBegins && this.#indentation();
    if (this.#pending !== 0) return this.#indent();
    this.#skipSpaces();
    const { text, at: start } = this;
    if (start === text.length) return this.#ended();
    const code = text.charCodeAt(start);
    if (startsName(code)) return this.#name(start);
    if (code === LF || code === CR) return this.#newline(start, blank);
    if (isAsciiDigit(code) || (code === DOT && isAsciiDigit(text.charCodeAt(start + 1)))) {
      this.at = numberEnd(text, start);
      return this.#token(Kind.number, start);
    }
    if (isQuote(code)) return this.#string(start, undefined);
    if (code === HASH) return this.#comment(start, blank);
    return this.#operator(start, code, string);
  }

  /** Read the indentation of a line; true if nothing or only a comment follows. */
  #indentation(): boolean {
    this.#lineBegins = false;
    let width = 0;
    let narrow = 0;
    let continued = 0; // the width before the first backslash, if any
    // Python emits dedents before it gets to the NUL, and then fails.
    if (this.isNulNext && this.level === 0 && this.indents.depth > 0)
      throw this.fatalError("source code cannot contain null bytes", this.row + 1, 0);
    this.#nextLineIfDone();
    for (; ; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code === SPACE) {
        width++;
        narrow++;
      } else if (code === TAB) {
        width = (Math.floor(width / 8) + 1) * 8;
        narrow++;
      } else if (code === FF) width = narrow = 0;
      else if (code === BACKSLASH) {
        continued ||= width;
        this.#continuation();
        this.at--;
      } else {
        if (code === HASH || code === LF || code === CR) return true;
        break;
      }
    }
    if (this.level > 0) return false;
    const before = this.indents;
    this.indents = indentTo(before, continued || width, continued || narrow, this);
    this.#pending = this.indents.depth - before.depth;
    return false;
  }

  /** Emit one indent or dedent. */
  #indent(): Kind {
    if (this.#pending > 0) {
      this.#pending--;
      return this.#token(Kind.indent, 0);
    }
    this.#pending++;
    return this.#token(Kind.dedent, this.at);
  }

  /** Only the end of the line may follow a backslash. */
  #continuation(): void {
    let end = this.at + 1;
    if (this.text.charCodeAt(end) === CR) end++;
    if (this.text.charCodeAt(end) !== LF)
      throw new LexicalError("unexpected character after line continuation character", true);
    if (!this.nextLine()) throw new LexicalError("unexpected EOF in multi-line statement", true);
  }

  #skipSpaces(): void {
    this.#nextLineIfDone();
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === SPACE || code === TAB || code === FF) this.at++;
      else if (code === BACKSLASH) this.#continuation();
      else return;
    }
  }

  #nextLineIfDone(): void {
    if (this.at === this.text.length && !this.nextLine()) this.at = this.text.length;
  }

  #ended(): Kind {
    if (this.level > 0) throw new LexicalError("unexpected EOF in multi-line statement", true);
    return this.#token(Kind.end, this.at);
  }

  #newline(start: number, blank: boolean): Kind {
    this.at = this.text.length;
    this.#lineBegins = true;
    const ends = !blank && this.level === 0 && !this.#commentLine;
    this.#commentLine = false;
    return this.#token(ends ? Kind.newline : Kind.nl, start);
  }

  #comment(start: number, blank: boolean): Kind {
    let end = this.text.length - 1;
    if (this.text.charCodeAt(end - 1) === CR) end--;
    this.at = end;
    this.#commentLine = blank;
    return this.#token(Kind.comment, start);
  }

  #name(start: number): Kind {
    const prefix = prefixAt(this.text, start);
    if (prefix !== undefined) return this.#string(start, prefix);
    this.at = nameEnd(this.text, start + 1);
    return this.#token(Kind.name, start);
  }

  #string(start: number, prefix: Prefix | undefined): Kind {
    const { row } = this;
    this.at = start + (prefix?.length ?? 0);
    if (prefix?.format) {
      const quotes = isTriple(this.text, this.at) ? 3 : 1;
      this.#strings.push(openFString(this.#strings, this.text.charCodeAt(this.at), quotes, prefix.raw));
      this.at += quotes;
      return this.#token(Kind.fstringStart, start);
    }
    const quote = this.text.charCodeAt(this.at);
    const outer = this.#strings.at(-1);
    scanString(this, (quotes) =>
      // These quotes end the enclosing f-string, inside of a field.
      outer?.quote === quote && outer.quotes === quotes
        ? new LexicalError("f-string: expecting '}'", false)
        : unterminatedError(quotes),
    );
    return this.#spanning(Kind.string, row, start);
  }

  #operator(start: number, code: number, string: FString | undefined): Kind {
    if (code === COLON && string !== undefined && string.field >= 0 && string.brackets - 1 === string.field) {
      // The format specification of a field begins here.
      string.literal = true;
      string.format = true;
      this.at = start + 1;
      return this.#token(Kind.operator, start);
    }
    this.at = start + (code === DOT && this.text.startsWith("...", start) ? 3 : operatorLength(this.text, start));
    if (isOpening(code)) this.level = openBracket(this.level, string);
    else if (isClosing(code)) this.level = closeBracket(this.level, string, code);
    else if (code < SPACE || code === DELETE) throw new LexicalError("invalid non-printable character", true);
    return this.#token(Kind.operator, start);
  }
}
