// Python's `str.isspace`, and `\s` of its `re`. Unlike JavaScript's `\s` it has U+001C to U+001F and U+0085, and has no
// byte order mark.
const SPACES: ReadonlySet<number> = new Set([
  ...[0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680],
  ...[0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a],
  ...[0x2028, 0x2029, 0x202f, 0x205f, 0x3000],
]);

/** Is it white space to Python? */
const isSpace = (code: number): boolean => SPACES.has(code);

/** Index of the first character from `at` on that is no white space; the length if there is none. */
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

/** Python's `str.partition(" ")`: what stands before and after the first space. */
export function splitAtSpace(text: string): readonly [before: string, after: string] {
  const at = text.indexOf(" ");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
