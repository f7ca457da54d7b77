import {
  AFTER_COLON,
  BLANK_OR_END,
  BREAK,
  BREAK_OR_END,
  COLON,
  type Cursor,
  FLOW,
  QUOTE,
  SPACE,
  SPACE_OR_END,
  TAB,
  type TextBuilder,
  YamlSyntaxError,
} from "./cursor.ts";
import type { Token } from "./tokens.ts";

// Where plain and block scalars end and what their text is, as PyYAML's scanner has it:
// https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/scanner.py

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
  if (digit !== 0) takeEmptyLines(cursor, indent, breaks);
  let lineBreak = 0;
  while (cursor.column === indent && cursor.code() !== 0) {
    pushAll(builder, breaks);
    const indented = cursor.is(SPACE | TAB);
    const start = cursor.at;
    cursor.skipTo(BREAK_OR_END);
    builder.append(cursor.text, start, cursor.at);
    lineBreak = cursor.takeBreak();
    breaks.length = 0;
    takeEmptyLines(cursor, indent, breaks);
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
    else throw new YamlSyntaxError("a bad header of a block scalar", start);
  }
  cursor.skip(SPACE);
  if (cursor.code() === HASH) cursor.skipTo(BREAK_OR_END);
  if (!cursor.is(BREAK_OR_END)) throw new YamlSyntaxError("text after the header of a block scalar", cursor.at);
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
function takeEmptyLines(cursor: Cursor, indent: number, breaks: number[]): void {
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

// Scalars in quotes, as PyYAML's scanner has them: https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/scanner.py

const SINGLE = 0x27;
const BACKSLASH = 0x5c;

/** Reads a scalar in single or double quotes; the cursor is at the opening one. */
export function readQuoted(cursor: Cursor, builder: TextBuilder, token: Token): void {
  const { text } = cursor;
  const start = cursor.at;
  const quote = cursor.code();
  cursor.at++;
  // What stands from here on is not in the builder yet. A scalar without line breaks and escapes needs none.
  let from = cursor.at;
  let built = false;
  for (;;) {
    cursor.skipTo(QUOTE | BREAK_OR_END);
    const code = cursor.code();
    const doubled = code === quote && quote === SINGLE && cursor.code(1) === quote;
    if (code === quote && !doubled) break;
    if (code === 0) throw new YamlSyntaxError("a quoted scalar is not closed", start);
    if (doubled) {
      builder.append(text, from, cursor.at + 1);
      cursor.at += 2;
    } else if (cursor.is(BREAK)) {
      builder.append(text, from, endOfText(text, from, cursor.at));
      foldQuoted(cursor, builder);
    } else if (code === BACKSLASH && quote !== SINGLE) {
      builder.append(text, from, cursor.at);
      readEscape(cursor, builder, token);
    } else {
      cursor.at++;
      continue;
    }
    from = cursor.at;
    built = true;
  }
  if (built) {
    builder.append(text, from, cursor.at);
    token.text = builder.finish();
  } else {
    token.from = from;
    token.to = cursor.at;
  }
  cursor.at++;
}

/** Where the white space before a line break begins. */
function endOfText(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && " \t".includes(text.charAt(end - 1))) end--;
  return end;
}

/** Takes line breaks and the white space around them: one break is a space, of several the first is dropped; LS and PS are kept. */
function foldQuoted(cursor: Cursor, builder: TextBuilder): void {
  const first = cursor.takeBreak();
  if (first !== LINE_FEED) builder.push(first);
  const more = takeQuotedBreaks(cursor, builder);
  if (first === LINE_FEED && more === 0) builder.push(BLANK);
}

function takeQuotedBreaks(cursor: Cursor, builder: TextBuilder): number {
  for (let count = 0; ; count++) {
    if (cursor.atMarker()) throw new YamlSyntaxError("a document ends inside a quoted scalar", cursor.at);
    cursor.skip(SPACE | TAB);
    const found = cursor.takeBreak();
    if (found === 0) return count;
    builder.push(found);
  }
}

const ESCAPES = byCode({
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
});
/** Digits of an escape by code point. */
const DIGITS: ReadonlyMap<number, number> = new Map([
  ["x".charCodeAt(0), 2],
  ["u".charCodeAt(0), 4],
  ["U".charCodeAt(0), 8],
]);

function byCode(table: Readonly<Record<string, string>>): ReadonlyMap<number, number> {
  return new Map(Object.entries(table).map(([letter, character]) => [letter.charCodeAt(0), character.charCodeAt(0)]));
}

/** The cursor is at the backslash. */
function readEscape(cursor: Cursor, builder: TextBuilder, token: Token): void {
  const start = cursor.at++;
  if (cursor.takeBreak() !== 0) {
    takeQuotedBreaks(cursor, builder);
    return;
  }
  const letter = cursor.code();
  cursor.at++;
  const simple = ESCAPES.get(letter);
  if (simple !== undefined) {
    builder.push(simple);
    return;
  }
  const count = DIGITS.get(letter);
  if (count === undefined) throw new YamlSyntaxError("an unknown escape", start);
  let codePoint = 0;
  for (const end = cursor.at + count; cursor.at < end; cursor.at++) codePoint = codePoint * 16 + digitOf(cursor.code());
  // NaN, too, if one of them is not a digit.
  if (!(codePoint <= 0x10ffff))
    throw new YamlSyntaxError(`an escape of a character needs ${count} hexadecimal digits`, start);
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) token.surrogates = true;
  if (codePoint <= 0xffff) builder.push(codePoint);
  else builder.append(String.fromCodePoint(codePoint));
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : Number.NaN;
}
