// Where Python's `str.splitlines` ends a line.
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
