import { LF } from "../ascii.ts";

/** Where the tokens of a text end early: the error is the tokenizer's, and IPython carries on with what it has. */
export class LexicalError extends Error {
  /** Does IPython put a token of kind `error` in its place? It does so for the errors that it knows by name. */
  readonly counts: boolean;

  constructor(message: string, counts: boolean) {
    super(message);
    this.counts = counts;
  }
}

const LONE_SURROGATE = /[\ud800-\udfff]/u;
const REFUSED = /[\0\ud800-\udfff]/u;

/** What IPython fails on as a whole: indentation that matches nothing, and characters that no source code may have. */
export class FatalError extends Error {
  /** Line and UTF-16 unit, from 0. */
  readonly row: number;
  readonly column: number;

  constructor(message: string, row: number, column: number) {
    super(message);
    this.row = row;
    this.column = column;
  }
}

/**
 * The lines that tokens are read from, one at a time. A line that does not end in a line feed (Python splits lines at
 * other characters too) gets one, as in `tokenize`.
 */
export class Source {
  readonly lines: readonly string[];
  /** Index of the line that is read. */
  row = -1;
  /** That line. */
  text = "";
  /** Index into it of the next character. */
  at = 0;
  /** Has the string, or the part of one, that was read last a backslash in it? */
  escapes = false;
  // Most texts have nothing that would have to be looked for in each line.
  readonly #clean: boolean;

  /** @param clean - Has the text no NUL and no lone surrogates? Then its lines are not searched for them. */
  constructor(lines: readonly string[], clean = Source.isClean(lines.join(""))) {
    this.lines = lines;
    this.#clean = clean;
  }

  /** Is there nothing in the text that no line may have? */
  static isClean(text: string): boolean {
    return !REFUSED.test(text);
  }

  /** Go to the start of a line, as if all lines before it had been read. */
  seek(row: number): void {
    this.row = row - 1;
    this.text = "";
    this.at = 0;
  }

  /** The error of a text that is wrong at an index of a line. */
  fatalError(message: string, row = this.row, at = this.at): FatalError {
    return new FatalError(message, row, at);
  }

  /** Would reading the next line fail on a NUL? */
  get isNulNext(): boolean {
    return !this.#clean && (this.lines[this.row + 1]?.includes("\0") ?? false);
  }

  /**
   * Read the next line; false at the end.
   *
   * @throws LexicalError for a NUL, FatalError for a lone surrogate: Python does not get as far as to tokens there.
   */
  nextLine(): boolean {
    if (this.row + 1 >= this.lines.length) return false;
    const line = this.lines[++this.row]!;
    this.text = line.charCodeAt(line.length - 1) === LF ? line : `${line}\n`;
    this.at = 0;
    if (!this.#clean) this.#check(line);
    return true;
  }

  #check(line: string): void {
    const surrogate = line.search(LONE_SURROGATE);
    if (surrogate >= 0) throw this.fatalError("a lone surrogate is no character", this.row, surrogate);
    if (line.includes("\0")) throw new LexicalError("source code cannot contain null bytes", false);
  }
}

/** Python allows no deeper indentation. */
const MAX_INDENTS = 100;

/** The indentation that lines are at: a stack that is shared, never changed. */
export interface Indents {
  readonly parent: Indents | undefined;
  readonly depth: number;
  /** Width with a tab stop every eight columns. */
  readonly width: number;
  /** Width with tabs as one column: both must tell the same story. */
  readonly narrow: number;
}

export const NO_INDENTS: Indents = { parent: undefined, depth: 0, width: 0, narrow: 0 };

export function sameIndents(a: Indents | undefined, b: Indents | undefined): boolean {
  let left = a;
  let right = b;
  while (left !== right) {
    if (left === undefined || right === undefined) return false;
    if (left.width !== right.width || left.narrow !== right.narrow) return false;
    left = left.parent;
    right = right.parent;
  }
  return true;
}

/**
 * The indentation of a line of the given width, which is the same, one step deeper, or some outer one.
 *
 * @throws FatalError where Python has an IndentationError or a TabError.
 */
export function indentTo(indents: Indents, width: number, narrow: number, source: Source): Indents {
  if (width > indents.width) {
    if (indents.depth + 1 >= MAX_INDENTS) throw source.fatalError("too many levels of indentation");
    if (narrow <= indents.narrow) throw inconsistentError(source);
    return { parent: indents, depth: indents.depth + 1, width, narrow };
  }
  let outer = indents;
  while (outer.parent !== undefined && width < outer.width) outer = outer.parent;
  if (width !== outer.width) throw source.fatalError("unindent does not match any outer indentation level");
  if (narrow !== outer.narrow) throw inconsistentError(source);
  return outer;
}

const inconsistentError = (source: Source) => source.fatalError("inconsistent use of tabs and spaces in indentation");
