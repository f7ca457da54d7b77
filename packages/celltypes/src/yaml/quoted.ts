// Scalars in quotes, as PyYAML's scanner has them: https://github.com/yaml/pyyaml/blob/6.0.3/lib/yaml/scanner.py
import { BREAK, BREAK_OR_END, QUOTE, SPACE, TAB } from "./characters.ts";
import type { Cursor } from "./cursor.ts";
import { YamlFault } from "./fault.ts";
import type { TextBuilder } from "./text-builder.ts";
import type { Token } from "./tokens.ts";

const LINE_FEED = 0x0a;
const BLANK = 0x20;
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
    if (code === 0) throw new YamlFault("a quoted scalar is not closed", start);
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
  const more = takeBreaks(cursor, builder);
  if (first === LINE_FEED && more === 0) builder.push(BLANK);
}

function takeBreaks(cursor: Cursor, builder: TextBuilder): number {
  for (let count = 0; ; count++) {
    if (cursor.atMarker()) throw new YamlFault("a document ends inside a quoted scalar", cursor.at);
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
    takeBreaks(cursor, builder);
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
  if (count === undefined) throw new YamlFault("an unknown escape", start);
  let codePoint = 0;
  for (const end = cursor.at + count; cursor.at < end; cursor.at++) codePoint = codePoint * 16 + digitOf(cursor.code());
  // NaN, too, if one of them is no digit.
  if (!(codePoint <= 0x10ffff))
    throw new YamlFault(`an escape of a character needs ${count} hexadecimal digits`, start);
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) token.surrogates = true;
  if (codePoint <= 0xffff) builder.push(codePoint);
  else builder.append(String.fromCodePoint(codePoint));
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : Number.NaN;
}
