import { isPrintable } from "@seamless/internal/python-repr";

// The line ends of Python's `str.splitlines`.
const ENDS = /\r\n?|[\n\v\f\x1c-\x1e\x85\u2028\u2029]/g;

/** The lines of a text with their ends, as Python's `splitlines(keepends=True)`. */
export function splitLines(text: string): string[] {
  const lines: string[] = [];
  let start = 0;
  ENDS.lastIndex = 0;
  while (ENDS.test(text)) {
    lines.push(text.slice(start, ENDS.lastIndex));
    start = ENDS.lastIndex;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}

// Python's `str.isspace`, and `\s` of its `re`. Unlike JavaScript's `\s` they include U+001C to U+001F and U+0085,
// and no byte order mark.
const SPACES: ReadonlySet<number> = new Set([
  ...[0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680],
  ...[0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a],
  ...[0x2028, 0x2029, 0x202f, 0x205f, 0x3000],
]);

/** Python's `str.isspace()` of one character. */
const isSpace = (code: number): boolean => SPACES.has(code);

/** Index of the first character from `at` on that is not white space; the length if there is none. */
export function skipSpaces(text: string, at = 0): number {
  let index = at;
  while (index < text.length && isSpace(text.charCodeAt(index))) index++;
  return index;
}

/** Python's `str.rstrip()`. */
export function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

/** Python's `str.split()`: the words between white space. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let start = skipSpaces(text);
  while (start < text.length) {
    let end = start;
    while (end < text.length && !isSpace(text.charCodeAt(end))) end++;
    words.push(text.slice(start, end));
    start = skipSpaces(text, end);
  }
  return words;
}

/** Python's `str.partition(" ")`: the text before and after the first space. */
export function splitAtSpace(text: string): readonly [before: string, after: string] {
  const at = text.indexOf(" ");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * Python's `textwrap.dedent` (up to 3.13): lines of only spaces and tabs become empty, and the longest indentation that
 * all other lines start with is removed. Only line feeds end lines here.
 */
export function dedent(text: string): string {
  const lines = text.split("\n");
  const indents = lines.map(indentation);
  let margin: string | undefined;
  let blanks = false;
  for (const [i, line] of lines.entries()) {
    const indent = indents[i]!;
    if (indent === line.length) blanks ||= indent > 0;
    else margin = margin === undefined ? line.slice(0, indent) : commonStart(margin, line);
  }
  if (!blanks && !margin) return text;
  const width = margin?.length ?? 0;
  return lines.map((line, i) => (indents[i] === line.length ? "" : line.slice(width))).join("\n");
}

/** How many spaces and tabs a line starts with. */
function indentation(line: string): number {
  let at = 0;
  while (line[at] === " " || line[at] === "\t") at++;
  return at;
}

function commonStart(margin: string, line: string): string {
  let length = 0;
  while (length < margin.length && margin[length] === line[length]) length++;
  return margin.slice(0, length);
}

// Only characters that Unicode 15.1 has assigned are printable: testing for that too rules out letters that the
// engine's newer Unicode has added.
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
