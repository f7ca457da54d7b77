import { BACKSLASH, CR, LF } from "../text/chars.ts";
import { LexicalError } from "./kinds.ts";
import type { Source } from "./source.ts";

/** Is the quote at an index followed by two more of it? */
export const isTriple = (text: string, at: number): boolean =>
  text.charCodeAt(at + 1) === text.charCodeAt(at) && text.charCodeAt(at + 2) === text.charCodeAt(at);

/**
 * Read a string that is not an f-string, from its first quote on.
 *
 * @param unterminated - Makes the error for a string of that many quotes that has no end.
 */
export function scanString(source: Source, unterminated: (quotes: number) => LexicalError): void {
  let { text, at } = source;
  const quote = text.charCodeAt(at);
  const quotes = isTriple(text, at) ? 3 : 1;
  at += quotes;
  source.escapes = false;
  // Quotes in a row so far.
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
    // Every line ends in a line feed: something always follows a backslash.
    if (code === BACKSLASH) {
      source.escapes = true;
      if (text.charCodeAt(at++) === CR) at++;
    }
  }
  source.at = at;
}

/** The error of a string without an end: IPython knows that of a string in single quotes. */
export const unterminatedString = (quotes: number): LexicalError =>
  quotes === 3
    ? new LexicalError("unterminated triple-quoted string literal", false)
    : new LexicalError("unterminated string literal", true);
