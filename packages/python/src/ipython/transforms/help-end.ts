import { isAsciiDigit, PERCENT, QUESTION } from "../../ascii.ts";
import { codePointBefore, isDigit, isWord } from "../text/words.ts";
import { helpCall } from "./calls.ts";
import type { Transform } from "./transform.ts";

/** `object?` and `object??` at the end of a logical line, all of which the help call replaces */
export const helpEnd: Transform = {
  // Before an escaped command at the same place: `%magic?` asks about the magic.
  priority: 5,
  find({ length, first, beforeLast, beforeLastRow }) {
    if (length <= 2 || beforeLast !== QUESTION || first === undefined) return undefined;
    return { row: first.row, column: first.column, endRow: beforeLastRow };
  },
  apply(lines, { row, column, endRow = row }) {
    // No part of a target spans lines, so that the last line is enough.
    const help = helpAtEnd(row === endRow ? lines[endRow]!.slice(column) : lines[endRow]!);
    if (help === undefined) return undefined;
    const line = `${lines[row]!.slice(0, column)}${helpCall(help.target, help.detailed)}\n`;
    return { row, count: endRow - row + 1, line };
  },
};

/** What the help at the end of a line is about, if the line ends in help. */
function helpAtEnd(line: string): { target: string; detailed: boolean } | undefined {
  const end = line.endsWith("\n") ? line.length - 1 : line.length;
  const marks = line.endsWith("??", end) ? 2 : line.endsWith("?", end) ? 1 : 0;
  const targetEnd = end - marks;
  const start = marks === 0 ? -1 : targetStart(line, targetEnd);
  return start < 0 ? undefined : { target: line.slice(start, targetEnd), detailed: marks === 2 };
}

/**
 * Where the longest target that ends at an index starts, or -1: a word (of `\w` and `*`, not starting with a digit), then
 * any number of `.word` or `[integer]`, and up to two `%` before it all. It is read backwards, each character once.
 */
function targetStart(line: string, end: number): number {
  let best = -1;
  for (let at = end; ; ) {
    const index = indexStart(line, at);
    if (index >= 0) {
      at = index;
      continue;
    }
    const word = wordBefore(line, at);
    if (word.start < 0) break;
    best = word.start;
    // Only a whole word after a dot goes on to the left.
    if (word.start > word.run || line[word.run - 1] !== ".") break;
    at = word.run - 1;
  }
  for (let i = 0; i < 2 && best > 0 && line.charCodeAt(best - 1) === PERCENT; i++) best--;
  return best;
}

/** Where the `[integer]` that ends at an index starts, or -1. */
function indexStart(line: string, end: number): number {
  if (line[end - 1] !== "]") return -1;
  let at = end - 1;
  while (isAsciiDigit(line.charCodeAt(at - 1))) at--;
  if (at === end - 1) return -1;
  if (line[at - 1] === "-") at--;
  return line[at - 1] === "[" ? at - 1 : -1;
}

/** Where the run of word characters that ends at an index starts, and its first character that may start a word. */
function wordBefore(line: string, end: number): { run: number; start: number } {
  let run = end;
  let start = -1;
  for (;;) {
    const codePoint = codePointBefore(line, run);
    if (codePoint < 0 || !(codePoint === 0x2a || isWord(codePoint))) return { run, start };
    run -= codePoint > 0xffff ? 2 : 1;
    if (!isDigit(codePoint)) start = run;
  }
}
