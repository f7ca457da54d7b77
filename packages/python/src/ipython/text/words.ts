import { isPrintable } from "./printable.ts";

// Only what Unicode 15.1 has assigned is printable: asking for that too keeps newer engines from knowing more letters.
const WORD = /^[\p{L}\p{N}_]$/u;
const DIGIT = /^\p{Nd}$/u;

/** `\w` of Python's `re`. */
export function isWord(codePoint: number): boolean {
  if (codePoint < 0x80)
    return (
      (codePoint >= 0x61 && codePoint <= 0x7a) ||
      (codePoint >= 0x41 && codePoint <= 0x5a) ||
      (codePoint >= 0x30 && codePoint <= 0x39) ||
      codePoint === 0x5f
    );
  return WORD.test(String.fromCodePoint(codePoint)) && isPrintable(codePoint);
}

/** `\d` of Python's `re`. */
export function isDigit(codePoint: number): boolean {
  if (codePoint < 0x80) return codePoint >= 0x30 && codePoint <= 0x39;
  return DIGIT.test(String.fromCodePoint(codePoint)) && isPrintable(codePoint);
}

/** Index after the characters from `at` on that pass the test. */
export function skipWhile(text: string, at: number, test: (codePoint: number) => boolean): number {
  let index = at;
  while (index < text.length) {
    const codePoint = text.codePointAt(index)!;
    if (!test(codePoint)) break;
    index += codePoint > 0xffff ? 2 : 1;
  }
  return index;
}

/** The code point that ends at an index, or -1 at the start of the text. */
export function codePointBefore(text: string, index: number): number {
  if (index <= 0) return -1;
  const last = text.charCodeAt(index - 1);
  if (last >= 0xdc00 && last < 0xe000 && index > 1) {
    const pair = text.codePointAt(index - 2)!;
    if (pair > 0xffff) return pair;
  }
  return last;
}
