import { BACKSLASH, CLOSE_BRACE, CR, LF, OPEN_BRACE } from "../ascii.ts";
import { LexicalError, type Source } from "./source.ts";

/** Is the quote at an index followed by two more of it? */
export const isTriple = (text: string, at: number): boolean =>
  text.charCodeAt(at + 1) === text.charCodeAt(at) && text.charCodeAt(at + 2) === text.charCodeAt(at);

/**
 * Scan a string that is not an f-string, from its first quote on.
 *
 * @param unterminated - Makes the error for a string that has no end; it gets the number of quotes.
 */
export function scanString(source: Source, unterminated: (quotes: number) => LexicalError): void {
  let { text, at } = source;
  const quote = text.charCodeAt(at);
  const quotes = isTriple(text, at) ? 3 : 1;
  at += quotes;
  source.escapes = false;
  // How many of the closing quotes have been found.
  for (let run = 0; run < quotes; ) {
    if (at === text.length) {
      if (!source.nextLine()) throw unterminated(quotes);
      text = source.text;
      at = 0;
    }
    const code = text.charCodeAt(at++);
    if (code === quote) {
      run++;
      continue;
    }
    run = 0;
    if (code === LF && quotes === 1) throw unterminated(quotes);
    // Every line ends in a line feed: a backslash is never the last character.
    if (code === BACKSLASH) {
      source.escapes = true;
      if (text.charCodeAt(at++) === CR) at++;
    }
  }
  source.at = at;
}

/** The error of a string without an end; IPython adds a token for it unless it is triple-quoted. */
export const unterminatedError = (quotes: number): LexicalError =>
  quotes === 3
    ? new LexicalError("unterminated triple-quoted string literal", false)
    : new LexicalError("unterminated string literal", true);

const MAX_NESTED_STRINGS = 150;
const MAX_NESTED_FIELDS = 3;
const LETTER_N = 0x4e;

/** An f-string that is open. */
export interface FString {
  readonly quote: number;
  readonly quotes: 1 | 3;
  readonly raw: boolean;
  /** Is the tokenizer in literal text, of the string itself or of a format specification? Else in an expression. */
  literal: boolean;
  /** Open brackets of any kind, including the braces of replacement fields. */
  brackets: number;
  /** How deep replacement fields are nested; -1 is outside of any. */
  field: number;
  /** Is the tokenizer in the format specification of a field? */
  format: boolean;
}

/** Open an f-string. */
export function openFString(outer: readonly FString[], quote: number, quotes: 1 | 3, raw: boolean): FString {
  if (outer.length + 1 >= MAX_NESTED_STRINGS) throw new LexicalError("too many nested f-strings", false);
  return { quote, quotes, raw, literal: true, brackets: 0, field: -1, format: false };
}

/** What the literal text of an f-string is followed by, or `middle` for the text itself. */
type FStringPart = "field" | "end" | "middle";

/**
 * Scan the literal text of an f-string. At a field or at the end of the string that is the next part; else the next
 * part is text up to a field, up to the end of the string, or up to and with one brace of a doubled pair.
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

/** Index after the text; the tokenizer continues one brace further after a doubled pair. */
function scanMiddle(source: Source, string: FString): number {
  const format = string.format && string.field >= 0;
  let { text, at } = source;
  source.escapes = false;
  let named = false; // the next closing brace ends \N{…}
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
      // A backslash does not escape a brace.
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

const MAX_LEVEL = 200;

/** The number of open brackets after another one opens. */
export function openBracket(level: number, string: FString | undefined): number {
  if (level >= MAX_LEVEL) throw new LexicalError("too many nested parentheses", false);
  if (string !== undefined) string.brackets++;
  return level + 1;
}

/** The number of open brackets after one closes. Like `tokenize`, this does not check that the brackets match. */
export function closeBracket(level: number, string: FString | undefined, code: number): number {
  if (string !== undefined) closeInFString(string, code);
  return Math.max(level - 1, 0);
}

function closeInFString(string: FString, code: number): void {
  if (string.brackets === 0) throw new LexicalError("f-string: unmatched closing bracket", false);
  string.brackets--;
  if (code === CLOSE_BRACE && string.brackets === string.field) {
    string.field--;
    string.literal = true;
    string.format = false;
  }
}
