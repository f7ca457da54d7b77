import { BACKSLASH, CLOSE_BRACE, CR, LF, OPEN_BRACE } from "../text/chars.ts";
import { LexicalError } from "./kinds.ts";
import type { Source } from "./source.ts";

const MAX_NESTED_STRINGS = 150;
const MAX_NESTED_FIELDS = 3;
const LETTER_N = 0x4e;

/** An f-string that is being read. */
export interface FString {
  readonly quote: number;
  readonly quotes: 1 | 3;
  readonly raw: boolean;
  /** Are we in literal text, of the string itself or of a format specification? Else in a field's expression. */
  literal: boolean;
  /** Open brackets of any kind, those of the fields among them. */
  brackets: number;
  /** How many fields deep we are; -1 is in no field. */
  field: number;
  /** Are we in the format specification of a field? */
  format: boolean;
}

/** The f-string that starts with quotes, in those that it is nested in. */
export function openFString(outer: readonly FString[], quote: number, quotes: 1 | 3, raw: boolean): FString {
  if (outer.length + 1 >= MAX_NESTED_STRINGS) throw new LexicalError("too many nested f-strings", false);
  return { quote, quotes, raw, literal: true, brackets: 0, field: -1, format: false };
}

/** What comes next in an f-string whose literal text we are in. */
type FStringPart = "field" | "end" | "middle";

/**
 * Read on in the literal text of an f-string: up to the field that begins, or the end of the string, or at the end of
 * some text. A middle part ends before a field, before the end of the string, or after one brace of a doubled pair.
 */
export function scanFString(source: Source, string: FString): { part: FStringPart; end: number } {
  const start = source.at;
  if (source.text.charCodeAt(start) === OPEN_BRACE && source.text.charCodeAt(start + 1) !== OPEN_BRACE) {
    openField(string);
    return { part: "field", end: start };
  }
  if (source.text.startsWith(closing(string), start)) {
    source.at = start + string.quotes;
    return { part: "end", end: source.at };
  }
  return { part: "middle", end: scanMiddle(source, string) };
}

const closing = (string: FString): string => String.fromCharCode(string.quote).repeat(string.quotes);

/** Where the text of the part ends; where reading goes on may be one brace further. */
function scanMiddle(source: Source, string: FString): number {
  const format = string.format && string.field >= 0;
  let { text, at } = source;
  source.escapes = false;
  let named = false; // is the next closing brace that of \N{…}?
  for (let run = 0; run < string.quotes; ) {
    if (at === text.length) {
      if (!source.nextLine()) throw new LexicalError("unterminated f-string literal", false);
      text = source.text;
      at = 0;
    }
    const code = text.charCodeAt(at++);
    if (code === string.quote) {
      run++;
      continue;
    }
    run = 0;
    if (code === LF && string.quotes === 1) throw new LexicalError("unterminated f-string literal", false);
    if (code === OPEN_BRACE) {
      const doubled = text.charCodeAt(at) === OPEN_BRACE && !format;
      if (!doubled) openField(string);
      source.at = doubled ? at + 1 : at - 1;
      return doubled ? at : at - 1;
    }
    if (code === CLOSE_BRACE) {
      if (named) {
        source.at = at;
        return at;
      }
      const doubled = text.charCodeAt(at) === CLOSE_BRACE && !format && string.brackets === 0;
      if (!doubled) leaveText(string);
      source.at = doubled ? at + 1 : at - 1;
      return doubled ? at : at - 1;
    }
    if (code === BACKSLASH) {
      source.escapes = true;
      const escaped = text.charCodeAt(at);
      // A brace is never escaped.
      if (escaped === OPEN_BRACE || escaped === CLOSE_BRACE) continue;
      at += escaped === CR ? 2 : 1;
      if (escaped === LETTER_N && !string.raw && text.charCodeAt(at) === OPEN_BRACE) {
        named = true;
        at++;
      }
    }
  }
  source.at = at - string.quotes;
  return source.at;
}

function openField(string: FString): void {
  string.field++;
  if (string.field >= MAX_NESTED_FIELDS) throw new LexicalError("f-string: expressions nested too deeply", false);
  leaveText(string);
}

function leaveText(string: FString): void {
  string.literal = false;
  string.format = false;
}
