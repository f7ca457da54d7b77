/** The lines of a text, without their ends, as Python reads them: also a lone `\r` is an end. */
export function linesOf(text: string): string[] {
  return text.split(text.includes("\r") ? /\r\n?|\n/ : "\n");
}

/** Line and column, both from 1, the column in UTF-16 units, of an offset in the same units. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const lines = linesOf(text.slice(0, offset));
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}

/** The offset in UTF-16 units of an offset in bytes of UTF-8. */
export function offsetOfByte(text: string, bytes: number): number {
  let left = bytes;
  let offset = 0;
  while (left > 0 && offset < text.length) {
    const code = text.codePointAt(offset)!;
    left -= code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    offset += code < 0x10000 ? 1 : 2;
  }
  return offset;
}
