// Where each scalar ends and what its value is, as PyYAML's scanner has it: https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/scanner.py
import { type Cursor, isBlankOrEnd, isBreak, isBreakOrEnd, isSpaceOrEnd } from "./cursor.ts";
import { YamlFault } from "./fault.ts";

export interface Scalar {
  readonly value: string;
  /** Where it ends; the cursor may be further on, at the next token. */
  readonly end: number;
  /** Does it hold surrogates, which an escape made? Python keeps even a pair of them apart. */
  readonly surrogates?: boolean;
}

const BLOCK_RUN = /[^: \t\r\n\x85\u2028\u2029\0]*/y;
const FLOW_RUN = /[^:,?[\]{} \t\r\n\x85\u2028\u2029\0]*/y;

/**
 * A plain scalar.
 *
 * @param indent - Columns that its further lines need in block context.
 */
export function readPlain(cursor: Cursor, inFlow: boolean, indent: number): Scalar {
  let value = "";
  let spaces = "";
  let end = cursor.at;
  while (cursor.peek() !== "#") {
    const start = cursor.at;
    for (;;) {
      cursor.take(inFlow ? FLOW_RUN : BLOCK_RUN);
      if (cursor.peek() !== ":" || endsAtColon(cursor, inFlow)) break;
      cursor.at++;
    }
    if (cursor.at === start) break;
    value += spaces + cursor.text.slice(start, cursor.at);
    end = cursor.at;
    spaces = plainSpaces(cursor);
    if (spaces === "" || (!inFlow && cursor.column < indent)) break;
  }
  return { value, end };
}

function endsAtColon(cursor: Cursor, inFlow: boolean): boolean {
  const next = cursor.peek(1);
  return isBlankOrEnd(next) || (inFlow && ",[]{}".includes(next));
}

/** The white space inside a plain scalar, folded; empty where the scalar ends. */
function plainSpaces(cursor: Cursor): string {
  const start = cursor.at;
  cursor.skip(" ");
  if (!isBreak(cursor.peek())) return cursor.text.slice(start, cursor.at);
  const first = cursor.takeBreak();
  let more = "";
  while (!cursor.atMarker()) {
    cursor.skip(" ");
    const next = cursor.takeBreak();
    if (next === "") return fold(first, more);
    more += next;
  }
  return "";
}

/** One break is a space, of several the first is dropped; LS and PS are kept. */
function fold(first: string, more: string): string {
  if (first !== "\n") return first + more;
  return more === "" ? " " : more;
}

const ESCAPES: Readonly<Record<string, string>> = {
  __proto__: null as never,
  "0": "\0",
  a: "\x07",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1b",
  " ": " ",
  '"': '"',
  "\\": "\\",
  "/": "/",
  N: "\x85",
  _: "\xa0",
  L: "\u2028",
  P: "\u2029",
};
const ESCAPE_DIGITS: Readonly<Record<string, number>> = { __proto__: null as never, x: 2, u: 4, U: 8 };

/** A scalar in single or double quotes; the cursor is at the opening one. */
export function readQuoted(cursor: Cursor): Scalar {
  const quote = cursor.peek();
  const start = cursor.at++;
  const double = quote === '"';
  let value = "";
  let surrogates = false;
  for (;;) {
    const from = cursor.at;
    cursor.take(double ? /[^"\\ \t\r\n\x85\u2028\u2029\0]*/y : /[^' \t\r\n\x85\u2028\u2029\0]*/y);
    value += cursor.text.slice(from, cursor.at);
    const char = cursor.peek();
    if (char === "\0") throw new YamlFault("a quoted scalar is not closed", start);
    if (!double && char === "'" && cursor.peek(1) === "'") {
      value += "'";
      cursor.at += 2;
    } else if (char === quote) {
      cursor.at++;
      return { value, end: cursor.at, surrogates };
    } else if (char === "\\") {
      const escaped = readEscape(cursor);
      surrogates ||= /^[\ud800-\udfff]$/.test(escaped);
      value += escaped;
    } else value += quotedSpaces(cursor);
  }
}

function readEscape(cursor: Cursor): string {
  const start = cursor.at++;
  const char = cursor.peek();
  if (isBreak(char)) {
    cursor.takeBreak();
    return quotedBreaks(cursor);
  }
  cursor.at++;
  const simple = ESCAPES[char];
  if (simple !== undefined) return simple;
  const count = ESCAPE_DIGITS[char];
  if (count === undefined) throw new YamlFault("an unknown escape", start);
  const digits = cursor.text.slice(cursor.at, cursor.at + count);
  const codePoint = /^[0-9a-f]+$/i.test(digits) && digits.length === count ? Number.parseInt(digits, 16) : Infinity;
  if (codePoint > 0x10ffff) throw new YamlFault(`an escape of a character needs ${count} hexadecimal digits`, start);
  cursor.at += count;
  return String.fromCodePoint(codePoint);
}

function quotedSpaces(cursor: Cursor): string {
  const start = cursor.at;
  cursor.take(/[ \t]*/y);
  if (!isBreak(cursor.peek())) return cursor.text.slice(start, cursor.at);
  const first = cursor.takeBreak();
  return fold(first, quotedBreaks(cursor));
}

function quotedBreaks(cursor: Cursor): string {
  let breaks = "";
  for (;;) {
    if (cursor.atMarker()) throw new YamlFault("a document marker inside a quoted scalar", cursor.at);
    cursor.take(/[ \t]*/y);
    if (!isBreak(cursor.peek())) return breaks;
    breaks += cursor.takeBreak();
  }
}

/**
 * A block scalar; the cursor is at its `|` or `>`.
 *
 * @param parentIndent - Column of the collection around it, -1 at the top.
 */
export function readBlock(cursor: Cursor, parentIndent: number): Scalar {
  const folded = cursor.peek() === ">";
  cursor.at++;
  const { keep, digit } = readBlockHeader(cursor);
  const least = Math.max(parentIndent + 1, 1);
  let breaks: string;
  let indent: number;
  if (digit === 0) {
    const found = leadingBreaks(cursor);
    breaks = found.breaks;
    indent = Math.max(least, found.column);
  } else {
    indent = least + digit - 1;
    breaks = blockBreaks(cursor, indent);
  }
  let value = "";
  let lineBreak = "";
  while (cursor.column === indent && cursor.peek() !== "\0") {
    value += breaks;
    const indented = " \t".includes(cursor.peek());
    const start = cursor.at;
    cursor.skipToBreak();
    value += cursor.text.slice(start, cursor.at);
    lineBreak = cursor.takeBreak();
    breaks = blockBreaks(cursor, indent);
    if (cursor.column !== indent || cursor.peek() === "\0") break;
    const folds = folded && lineBreak === "\n" && !indented && !" \t".includes(cursor.peek());
    if (!folds) value += lineBreak;
    else if (breaks === "") value += " ";
  }
  // A last line without a break ends the text: there is none to keep.
  if (keep !== "-") value += lineBreak;
  if (keep === "+") value += breaks;
  return { value, end: cursor.peek() === "\0" ? cursor.at : cursor.breakStart };
}

function readBlockHeader(cursor: Cursor): { keep: string; digit: number } {
  const start = cursor.at;
  const header = cursor.take(/(?:[+-][1-9]?|[1-9][+-]?)?/y);
  if (!isSpaceOrEnd(cursor.peek())) throw new YamlFault("a bad header of a block scalar", start);
  cursor.skip(" ");
  if (cursor.peek() === "#") cursor.skipToBreak();
  if (!isBreakOrEnd(cursor.peek())) throw new YamlFault("text after the header of a block scalar", cursor.at);
  cursor.takeBreak();
  return { keep: /[+-]/.exec(header)?.[0] ?? "", digit: Number(/\d/.exec(header)?.[0] ?? 0) };
}

/** Empty lines before the first line with text, and the widest column that any of them reaches. */
function leadingBreaks(cursor: Cursor): { breaks: string; column: number } {
  let breaks = "";
  let column = 0;
  for (;;) {
    cursor.skip(" ");
    column = Math.max(column, cursor.column);
    const found = cursor.takeBreak();
    if (found === "") return { breaks, column };
    breaks += found;
  }
}

/** Empty lines, each with no more than `indent` spaces. */
function blockBreaks(cursor: Cursor, indent: number): string {
  let breaks = "";
  for (;;) {
    while (cursor.column < indent && cursor.peek() === " ") cursor.at++;
    const found = cursor.takeBreak();
    if (found === "") return breaks;
    breaks += found;
  }
}
