/** The lines of a text, without their ends, as Python reads them: also a lone `\r` is an end. */
export function linesOf(text: string): string[] {
  return text.split(text.includes("\r") ? /\r\n?|\n/ : "\n");
}

/** Line and column, both from 1, the column in UTF-16 units, of an offset in the same units. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const lines = linesOf(text.slice(0, offset));
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}
