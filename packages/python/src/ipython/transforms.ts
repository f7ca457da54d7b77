import { pythonRepr } from "@seamless/internal/python-repr";
import { EQUALS, EXCLAMATION, isAsciiDigit, PERCENT, QUESTION } from "../ascii.ts";
import { operatorLength } from "../tokenizer/lexemes.ts";
import { Kind } from "../tokenizer/tokenizer.ts";
import type { LogicalLine } from "./logical-line.ts";
import { codePointBefore, isDigit, isWord, skipSpaces, splitAtSpace, splitWords, stripEnd } from "./text.ts";

/** Where a transform matches; rows and columns count from 0. */
interface Match {
  readonly row: number;
  readonly column: number;
  /** Its last line, for transforms that need it. */
  readonly endRow?: number;
  /** The message if IPython fails on finding this match, whatever its priority. */
  readonly fatal?: string;
}

/** The lines that a transform replaces, and the one line that replaces them. */
export interface Replacement {
  readonly row: number;
  readonly count: number;
  readonly line: string;
  /** How many passes of IPython have the same effect. @default 1 */
  readonly passes?: number;
}

/** Rewrites one kind of IPython syntax as Python. */
interface Transform {
  /** Of two transforms that match at the same position, the one with the lower priority goes first. */
  readonly priority: number;
  /** Find the syntax in a line. In each pass only the first match in the cell counts. */
  find(line: LogicalLine, lines: readonly string[]): Match | undefined;
  /**
   * Rewrite a match; undefined if it turns out to be something else. That may depend only on the lines of the logical
   * line: it is not tried again until they change.
   *
   * @param passes - How many passes are left.
   */
  apply(lines: readonly string[], match: Match, passes: number): Replacement | undefined;
}

/** A transform and its match. */
export interface Candidate {
  /** Index of the transform. */
  readonly transform: number;
  readonly match: Match;
}

/** The order in which IPython tries the matches: by position, then by priority, then in the order of `TRANSFORMS`. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return (
    a.match.row - b.match.row ||
    a.match.column - b.match.column ||
    TRANSFORMS[a.transform]!.priority - TRANSFORMS[b.transform]!.priority ||
    a.transform - b.transform
  );
}

/** The call for `%name args`, given without its `%`. */
function magicCall(content: string): string {
  const [name, args] = splitAtSpace(content);
  return `get_ipython().run_line_magic(${pythonRepr(name)}, ${pythonRepr(args)})`;
}

const systemCall = (command: string): string => `get_ipython().system(${pythonRepr(command)})`;

const outputCall = (command: string): string => `get_ipython().getoutput(${pythonRepr(command)})`;

/** The call for help on a target; `??` asks for detailed help. */
function helpCall(target: string, detailed: boolean): string {
  const magic = detailed ? "pinfo2" : target.includes("*") ? "psearch" : "pinfo";
  return `get_ipython().run_line_magic(${pythonRepr(magic)}, ${pythonRepr(target)})`;
}

const usageCall = "get_ipython().show_usage()";

/**
 * Rewrite the text from a position to the end of the line, and of the lines that continue it after a backslash. They
 * are joined by spaces.
 */
function replaceContinued(
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

/** `a = %magic` */
const magicAssignment: Transform = {
  priority: 10,
  find({ assigned: [percent, name] }) {
    if (percent?.code !== PERCENT) return undefined;
    const { row, column } = percent;
    // The tokens end here, as in `a = %"""`.
    if (name === undefined) return { row, column, fatal: "the tokens end after `= %`" };
    return name.kind === Kind.name ? { row, column } : undefined;
  },
  apply: (lines, match) => replaceContinued(lines, match, (command) => magicCall(command.slice(1))),
};

/** `a = !command`, unless its line begins with the `=` */
const systemAssignment: Transform = {
  priority: 10,
  find({ assignment, assigned: [mark] }, lines) {
    if (assignment === undefined || mark?.code !== EXCLAMATION || mark.kind !== Kind.operator) return undefined;
    const line = lines[assignment.row]!;
    if (line.charCodeAt(skipSpaces(line)) === EQUALS) return undefined;
    return { row: mark.row, column: mark.column };
  },
  apply: (lines, match) => replaceContinued(lines, match, (command) => outputCall(command.slice(1))),
};

/** How the text after each escape is rewritten; longer escapes go first. */
const REWRITES: readonly (readonly [sign: string, rewrite: (content: string) => string])[] = [
  ["!!", outputCall],
  ["??", (content) => (content === "" ? usageCall : helpCall(content, true))],
  ["!", systemCall],
  ["?", (content) => (content === "" ? usageCall : helpCall(content, false))],
  ["%", magicCall],
  [",", (content) => call(content, (args) => `"${splitWords(args).join('", "')}"`)],
  [";", (content) => call(content, (args) => `"${args}"`)],
  ["/", (content) => call(content, (args) => splitWords(args).join(", "))],
];

const ESCAPES: ReadonlySet<number> = new Set(REWRITES.map(([sign]) => sign.charCodeAt(0)));

function call(content: string, write: (args: string) => string): string {
  const [name, args] = splitAtSpace(content);
  return `${name}(${write(args)})`;
}

/** `%magic`, `!command`, `?object`, and `,`, `;` and `/` for calls without parentheses, at the start of a line */
const escapedCommand: Transform = {
  priority: 10,
  find({ first }) {
    if (first === undefined || !ESCAPES.has(first.code)) return undefined;
    return { row: first.row, column: first.column };
  },
  apply(lines, match, passes) {
    if (isNameless(lines[match.row]!.slice(match.column), match.row + 1 < lines.length)) return undefined;
    const replacement = replaceContinued(lines, match, rewrite);
    const isLast = replacement.row + replacement.count === lines.length;
    // A line with a NUL is not tokenized.
    return isLast && !replacement.line.includes("\0") ? repeat(replacement, match.column, passes) : replacement;
  },
};

function rewrite(command: string): string {
  const [sign, write] = REWRITES.find(([start]) => command.startsWith(start))!;
  return write(command.slice(sign.length));
}

/** How many characters of arguments are rewritten without tokenizing again. */
const MAX_ARGUMENTS = 100_000;

/**
 * A call whose name begins with an escape is rewritten again in the next pass, and so on: `,,f a`. On the last line of
 * a cell, unless it has an assignment, no other transform can match in between: it need not be tokenized for each pass.
 */
function repeat(replacement: Replacement, column: number, passes: number): Replacement {
  const before = replacement.line.slice(0, column);
  let command = replacement.line.slice(column, -1);
  let done = 1;
  for (let rewritten = 0; done < passes && isCallAgain(command); done++) {
    const name = command.indexOf(" ");
    if (name >= 0) rewritten += command.length - name;
    if (rewritten > MAX_ARGUMENTS) break;
    command = rewrite(command);
  }
  return done === 1 ? replacement : { ...replacement, line: `${before}${command}\n`, passes: done };
}

/** Is this the only transform that can match the rewritten line, and does it? */
function isCallAgain(command: string): boolean {
  if (!",;/".includes(command[0]!) || operatorLength(command, 0) > 1) return false;
  return !command.includes("=") && !isNameless(command, false);
}

/** Is there no name after the `/`, even if the line is continued? */
function isNameless(text: string, hasNext: boolean): boolean {
  if (!text.startsWith("/")) return false;
  const rest = stripEnd(text).slice(1);
  return rest === "" || rest.startsWith(" ") || (hasNext && rest === "\\" && text.endsWith("\\\n"));
}

/** `object?` and `object??` at the end of a logical line; the call for help replaces the whole line */
const helpEnd: Transform = {
  // Before an escaped command at the same position: `%magic?` asks for help on the magic.
  priority: 5,
  find({ length, first, beforeLast, beforeLastRow }) {
    if (length <= 2 || beforeLast !== QUESTION || first === undefined) return undefined;
    return { row: first.row, column: first.column, endRow: beforeLastRow };
  },
  apply(lines, { row, column, endRow = row }) {
    // A target does not span lines: the last one is enough.
    const help = helpAtEnd(row === endRow ? lines[endRow]!.slice(column) : lines[endRow]!);
    if (help === undefined) return undefined;
    const line = `${lines[row]!.slice(0, column)}${helpCall(help.target, help.detailed)}\n`;
    return { row, count: endRow - row + 1, line };
  },
};

/** The target of `target?` at the end of a line, if the line ends like that. */
function helpAtEnd(line: string): { target: string; detailed: boolean } | undefined {
  const end = line.endsWith("\n") ? line.length - 1 : line.length;
  const marks = line.endsWith("??", end) ? 2 : line.endsWith("?", end) ? 1 : 0;
  const targetEnd = end - marks;
  const start = marks === 0 ? -1 : targetStart(line, targetEnd);
  return start < 0 ? undefined : { target: line.slice(start, targetEnd), detailed: marks === 2 };
}

/**
 * Where the longest target that ends at an index starts, or -1: a word (of `\w` and `*`, not starting with a digit),
 * then any number of `.word` or `[integer]`, and up to two `%` before it all. It is scanned backwards, each character
 * once.
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
    // Only a whole word after a dot can continue to the left.
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

/** All transforms, in the order of IPython. */
export const TRANSFORMS: readonly Transform[] = [magicAssignment, systemAssignment, escapedCommand, helpEnd];
