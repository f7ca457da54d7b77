import { LF } from "../ascii.ts";

/** An error of the tokenizer: the tokens end here. IPython continues with the tokens before it. */
export class LexicalError extends Error {
  /** Does IPython add a token of kind `error`? It does for some of these errors. */
  readonly addsToken: boolean;

  constructor(message: string, addsToken: boolean) {
    super(message);
    this.addsToken = addsToken;
  }
}

const LONE_SURROGATE = /[\ud800-\udfff]/u;
const NOT_CLEAN = /[\0\ud800-\udfff]/u;

/** An error that IPython does not recover from: wrong indentation, or characters that source code may not have. */
export class FatalError extends Error {
  /** Line, from 0. */
  readonly row: number;
  /** In UTF-16 units, from 0. */
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
  /** Index of the current line. */
  row = -1;
  /** The current line. */
  text = "";
  /** Index of the next character in the current line. */
  at = 0;
  /** Does the last string, or the last part of an f-string, contain a backslash? */
  escapes = false;
  // Most texts are: then their lines need not be searched.
  readonly #clean: boolean;

  /** @param clean - Is the text known to have no NUL and no lone surrogates? Then they are not searched for. */
  constructor(lines: readonly string[], clean = Source.isClean(lines.join(""))) {
    this.lines = lines;
    this.#clean = clean;
  }

  /** Is the text free of NULs and lone surrogates? */
  static isClean(text: string): boolean {
    return !NOT_CLEAN.test(text);
  }

  /** Continue at the start of a line. */
  seek(row: number): void {
    this.row = row - 1;
    this.text = "";
    this.at = 0;
  }

  /** Make an error at an index of a line. */
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
   * @throws LexicalError for a NUL, FatalError for a lone surrogate: Python cannot encode that.
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

/** Python's limit of nested blocks, and one for the top level. */
const MAX_INDENTS = 100;

/** The stack of indentation levels: an immutable linked list, so that checkpoints can share it. */
export interface Indents {
  readonly parent: Indents | undefined;
  readonly depth: number;
  /** Width with a tab stop at every eighth column. */
  readonly width: number;
  /** Width with tabs as one column: comparing these must give the same result. */
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
 * The indentation levels after the indentation of a line: the same, with one more level, or with fewer.
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
