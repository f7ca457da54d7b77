// Where plain and block scalars end and what their text is, as PyYAML's scanner has it:
// https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/scanner.py
import { AFTER_COLON, BLANK_OR_END, BREAK, BREAK_OR_END, COLON, FLOW, SPACE, SPACE_OR_END, TAB } from "./characters.ts";
import type { Cursor } from "./cursor.ts";
import { YamlFault } from "./fault.ts";
import type { TextBuilder } from "./text-builder.ts";
import type { Token } from "./tokens.ts";

const LINE_FEED = 0x0a;
const BLANK = 0x20;
const HASH = 0x23;
const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;
const GREATER = 0x3e;

/**
 * Reads a plain scalar. The cursor may end further on than the scalar does: at the next token.
 *
 * @param indent - Columns that its further lines need in block context.
 * @returns Has it taken the line break after the scalar?
 */
export function readPlain(
  cursor: Cursor,
  builder: TextBuilder,
  token: Token,
  inFlow: boolean,
  indent: number,
): boolean {
  // What stands between these two is in the builder when a line break follows: a scalar of one line needs none.
  let from = cursor.at;
  let to = from;
  let folded = false;
  let length = 0;
  for (;;) {
    const start = cursor.at;
    skipRun(cursor, inFlow);
    if (cursor.at === start) break;
    to = cursor.at;
    cursor.skip(SPACE);
    if (cursor.is(BREAK)) {
      builder.append(cursor.text, from, to);
      length = builder.length;
      folded = true;
      const goesOn = foldPlain(cursor, builder);
      from = to = cursor.at;
      if (!goesOn) break;
    } else if (cursor.at === to) break;
    if (cursor.code() === HASH || (!inFlow && cursor.column < indent)) break;
  }
  if (!folded) {
    token.from = from;
    token.to = to;
    return false;
  }
  if (to > from) builder.append(cursor.text, from, to);
  else builder.length = length;
  token.text = builder.finish();
  return to === from;
}

/** Skips what has no white space in it. */
function skipRun(cursor: Cursor, inFlow: boolean): void {
  const stops = COLON | BLANK_OR_END | (inFlow ? FLOW : 0);
  const ends = BLANK_OR_END | (inFlow ? AFTER_COLON : 0);
  for (;;) {
    cursor.skipTo(stops);
    if (!cursor.is(COLON) || cursor.is(ends, 1)) return;
    cursor.at++;
  }
}

/** Takes the line breaks and spaces inside a plain scalar, folded. Returns false if a line with `---` or `...` ends it. */
function foldPlain(cursor: Cursor, builder: TextBuilder): boolean {
  const first = cursor.takeBreak();
  // One break is a space, of several the first is dropped; LS and PS are kept.
  if (first !== LINE_FEED) builder.push(first);
  for (let more = 0; !cursor.atMarker(); more++) {
    cursor.skip(SPACE);
    const next = cursor.takeBreak();
    if (next === 0) {
      if (first === LINE_FEED && more === 0) builder.push(BLANK);
      return true;
    }
    builder.push(next);
  }
  return false;
}

/**
 * Reads a block scalar; the cursor is at its `|` or `>`.
 *
 * @param parentIndent - Column of the collection around it, -1 at the top.
 */
export function readBlock(cursor: Cursor, builder: TextBuilder, token: Token, parentIndent: number): void {
  const folded = cursor.code() === GREATER;
  cursor.at++;
  const { chomping, digit } = readHeader(cursor);
  const least = Math.max(parentIndent + 1, 1);
  /** Empty lines that count if a line with text follows. */
  const breaks: number[] = [];
  const indent = digit === 0 ? Math.max(least, leadingBreaks(cursor, breaks)) : least + digit - 1;
  if (digit !== 0) takeBreaks(cursor, indent, breaks);
  let lineBreak = 0;
  while (cursor.column === indent && cursor.code() !== 0) {
    pushAll(builder, breaks);
    const indented = cursor.is(SPACE | TAB);
    const start = cursor.at;
    cursor.skipTo(BREAK_OR_END);
    builder.append(cursor.text, start, cursor.at);
    lineBreak = cursor.takeBreak();
    breaks.length = 0;
    takeBreaks(cursor, indent, breaks);
    if (cursor.column !== indent || cursor.code() === 0) break;
    const folds = folded && lineBreak === LINE_FEED && !indented && !cursor.is(SPACE | TAB);
    if (!folds) builder.push(lineBreak);
    else if (breaks.length === 0) builder.push(BLANK);
  }
  // A last line without a break ends the text: there is none to keep.
  if (chomping !== MINUS && lineBreak !== 0) builder.push(lineBreak);
  if (chomping === PLUS) pushAll(builder, breaks);
  token.text = builder.finish();
}

/** The sign and the digit after a `|` or `>`, each 0 if there is none, and the rest of the line. */
function readHeader(cursor: Cursor): { chomping: number; digit: number } {
  const start = cursor.at;
  let chomping = 0;
  let digit = 0;
  for (; !cursor.is(SPACE_OR_END); cursor.at++) {
    const code = cursor.code();
    if (chomping === 0 && (code === PLUS || code === MINUS)) chomping = code;
    else if (digit === 0 && code > ZERO && code <= ZERO + 9) digit = code - ZERO;
    else throw new YamlFault("a bad header of a block scalar", start);
  }
  cursor.skip(SPACE);
  if (cursor.code() === HASH) cursor.skipTo(BREAK_OR_END);
  if (!cursor.is(BREAK_OR_END)) throw new YamlFault("text after the header of a block scalar", cursor.at);
  cursor.takeBreak();
  return { chomping, digit };
}

/** Takes empty lines before the first line with text; returns the widest column that any of them reaches. */
function leadingBreaks(cursor: Cursor, breaks: number[]): number {
  let column = 0;
  for (;;) {
    cursor.skip(SPACE);
    column = Math.max(column, cursor.column);
    const found = cursor.takeBreak();
    if (found === 0) return column;
    breaks.push(found);
  }
}

/** Takes empty lines, each with no more than `indent` spaces. */
function takeBreaks(cursor: Cursor, indent: number, breaks: number[]): void {
  for (;;) {
    while (cursor.column < indent && cursor.code() === BLANK) cursor.at++;
    const found = cursor.takeBreak();
    if (found === 0) return;
    breaks.push(found);
  }
}

function pushAll(builder: TextBuilder, codes: readonly number[]): void {
  for (const code of codes) builder.push(code);
}
