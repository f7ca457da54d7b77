import { FatalError, LexicalError } from "../tokenizer/source.ts";
import { Kind, Tokenizer } from "../tokenizer/tokenizer.ts";
import { checkBytes, checkEscapes, checkIdentifier, checkNumber, prefixOf, TokenError } from "./token-checks.ts";
import {
  BYTES,
  DEDENT,
  END,
  ERROR,
  FSTRING_END,
  FSTRING_MIDDLE,
  FSTRING_START,
  IMAGINARY,
  INDENT,
  NAME,
  NEWLINE,
  NUMBER,
  nameId,
  operatorId,
  STRING,
} from "./token-ids.ts";

/** The tokens that the parser reads, without comments: a token is an index into each of the arrays. */
export class Tokens {
  readonly lines: readonly string[];
  length = 0;
  ids = new Uint8Array(256);
  /** Where each token starts: line and UTF-16 unit, from 0. */
  rows = new Int32Array(256);
  starts = new Int32Array(256);
  /** Message of the tokenizer's error, if there is one: then the last token is an `ERROR`, at its position. */
  error: string | undefined;

  constructor(lines: readonly string[]) {
    this.lines = lines;
  }

  push(id: number, row: number, start: number): void {
    if (this.length === this.ids.length) this.#grow();
    this.ids[this.length] = id;
    this.rows[this.length] = row;
    this.starts[this.length++] = start;
  }

  #grow(): void {
    const size = this.length * 2;
    const grown = { ids: new Uint8Array(size), rows: new Int32Array(size), starts: new Int32Array(size) };
    grown.ids.set(this.ids);
    grown.rows.set(this.rows);
    grown.starts.set(this.starts);
    Object.assign(this, grown);
  }
}

/** The lines of a text without their ends, as Python reads them: a lone `\r` ends a line too. */
export function linesOf(text: string): string[] {
  return text.split(text.includes("\r") ? /\r\n?|\n/ : "\n");
}

/** Tokenize a text, up to the first token that CPython rejects. */
export function tokenize(text: string): Tokens {
  const lines = linesOf(text);
  // There is no line after the last line end: a backslash before it continues nothing.
  if (lines.at(-1) === "") lines.pop();
  const tokens = new Tokens(lines);
  const tokenizer = new Tokenizer(lines, true);
  try {
    readAll(tokenizer, tokens);
  } catch (error) {
    recordError(tokens, tokenizer, error);
  }
  return tokens;
}

function readAll(tokenizer: Tokenizer, tokens: Tokens): void {
  // For each f-string that is open: is it raw?
  const raw: boolean[] = [];
  for (;;) {
    const kind = tokenizer.next();
    if (kind === Kind.comment || kind === Kind.nl) continue;
    tokens.push(checkedId(tokenizer, kind, raw), tokenizer.startRow, tokenizer.start);
    if (kind === Kind.end) return;
  }
}

function checkedId(tokenizer: Tokenizer, kind: Kind, raw: boolean[]): number {
  const { text, start, end } = tokenizer;
  switch (kind) {
    case Kind.name: {
      const id = nameId(text, start, end);
      if (id === NAME) checkIdentifier(text, start, end);
      return id;
    }
    case Kind.operator:
      return operatorId(text, start, end);
    case Kind.number:
      checkNumber(text, start, end);
      return (text.charCodeAt(end - 1) | 0x20) === 0x6a ? IMAGINARY : NUMBER;
    case Kind.string: {
      const { bytes, raw: isRaw } = prefixOf(tokenizer.lines[tokenizer.startRow]!, start);
      if (bytes) checkBytes(tokenizer.tokenText(), isRaw);
      else if (!isRaw && tokenizer.escapes) checkEscapes(tokenizer.tokenText());
      return bytes ? BYTES : STRING;
    }
    case Kind.fstringStart:
      raw.push(prefixOf(text, start).raw);
      return FSTRING_START;
    case Kind.fstringMiddle:
      if (!raw.at(-1) && tokenizer.escapes) checkEscapes(tokenizer.tokenText());
      return FSTRING_MIDDLE;
    case Kind.fstringEnd:
      raw.pop();
      return FSTRING_END;
    case Kind.newline:
      return NEWLINE;
    case Kind.indent:
      return INDENT;
    case Kind.dedent:
      return DEDENT;
    default:
      return END;
  }
}

function recordError(tokens: Tokens, tokenizer: Tokenizer, error: unknown): void {
  const row = Math.max(tokenizer.row, 0);
  if (error instanceof TokenError) {
    tokens.error = error.message;
    tokens.push(ERROR, tokenizer.startRow, tokenizer.start);
  } else if (error instanceof LexicalError) {
    tokens.error = error.message;
    tokens.push(ERROR, row, tokenizer.at);
  } else if (error instanceof FatalError) {
    tokens.error = error.message;
    tokens.push(ERROR, error.row, error.column);
  } else throw error;
}
