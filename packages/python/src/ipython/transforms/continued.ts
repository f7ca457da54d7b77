import { stripEnd } from "../text/spaces.ts";
import type { Match, Replacement } from "./transform.ts";

/**
 * Rewrite what follows a place, up to the end of the line and those that it goes on in, after backslashes. The pieces are
 * joined by a space.
 */
export function replaceContinued(
  lines: readonly string[],
  { row, column }: Match,
  rewrite: (command: string) => string,
): Replacement {
  const pieces: string[] = [];
  let end = row;
  let piece = lines[row]!.slice(column);
  while (piece.endsWith("\\\n") && end + 1 < lines.length) {
    pieces.push(stripEnd(piece).slice(0, -1));
    piece = lines[++end]!;
  }
  pieces.push(stripEnd(piece));
  const before = lines[row]!.slice(0, column);
  return { row, count: end - row + 1, line: `${before}${rewrite(pieces.join(" "))}\n` };
}
