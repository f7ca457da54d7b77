import { describe, SeamlessError } from "@seamless/checksum";
import { ParseError } from "./grammar/cursor.ts";
import { StatementParser } from "./grammar/statements.ts";
import { linesOf, type Tokens, tokenize } from "./grammar/tokens.ts";
import { areNamesLoaded, loadNames } from "./unicode/names.ts";

/** The first error in a text, for people. */
export interface PythonError {
  /** From 1. */
  readonly line: number;
  /** In characters, from 1. */
  readonly column: number;
  /** What is wrong; the words may change. */
  readonly message: string;
}

/**
 * Load what verdicts need besides this module: the names of all characters, for `"\N{BULLET}"`; 230 kB of JavaScript
 * (90 kB compressed), once. Does nothing when they are loaded.
 *
 * @throws {SeamlessError} `IO_ERROR` if they cannot be loaded; the next call tries again.
 * @example
 * import { isValidPython, loadPython } from "@seamless/python";
 * await loadPython();
 * console.log(isValidPython("print 'hello'")); // → false
 */
export async function loadPython(): Promise<void> {
  try {
    await loadNames();
  } catch (cause) {
    const { message } = cause as Error;
    throw new SeamlessError("IO_ERROR", `the names of characters could not be loaded: ${message}`, { cause });
  }
}

/**
 * Is it Python, as `ast.parse` of CPython 3.13 says? That is about syntax only: `return` outside of a function is fine.
 * Time and memory grow as the text does, whatever is in it.
 *
 * @throws {SeamlessError} `INVALID_STATE` before `loadPython()`; `INVALID_ARGUMENT` if it is not a string.
 * @example
 * import { isValidPython, loadPython } from "@seamless/python";
 * await loadPython();
 * console.log(isValidPython("x = [n**2 for n in range(10)]")); // → true
 */
export function isValidPython(text: string): boolean {
  return findError(text) === undefined;
}

/**
 * The first error, for messages to people; `undefined` if `isValidPython`.
 *
 * @throws {SeamlessError} as `isValidPython`.
 * @example
 * import { loadPython, pythonError } from "@seamless/python";
 * await loadPython();
 * console.log(pythonError("if x:\nprint(x)")?.line); // → 2
 */
export function pythonError(text: string): PythonError | undefined {
  const error = findError(text);
  if (error === undefined) return undefined;
  const { message, lines, row, at } = error;
  return { line: row + 1, column: [...(lines[row] ?? "").slice(0, at)].length + 1, message };
}

/** What is wrong at an index of a line, both from 0. */
interface Found {
  readonly message: string;
  /** The lines of the text, those up to the error at least. */
  readonly lines: readonly string[];
  readonly row: number;
  readonly at: number;
}

/** The first thing in a text that CPython refuses, in time and memory that grow as the text does. */
function findError(text: string): Found | undefined {
  if (typeof text !== "string")
    throw new SeamlessError("INVALID_ARGUMENT", `expected Python code as a string, got ${describe(text)}`);
  if (!areNamesLoaded()) throw new SeamlessError("INVALID_STATE", "await loadPython() once before");
  const unreadable = findUnreadable(text);
  if (unreadable !== undefined) return unreadable;
  const tokens = tokenize(text);
  try {
    new StatementParser(tokens).file();
    return undefined;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return foundAt(tokens, error);
  }
}

/** The tokenizer may have seen a line end, or a line, more than there is. */
function foundAt({ lines, rows, starts }: Tokens, { message, at }: ParseError): Found {
  const row = Math.max(Math.min(rows[at]!, lines.length - 1), 0);
  return { message, lines, row, at: Math.min(starts[at]!, lines[row]?.length ?? 0) };
}

/** What CPython refuses before it looks at any syntax, wherever it is, be it in a comment. */
const UNREADABLE: readonly (readonly [RegExp, string])[] = [
  [/\0/, "source code cannot contain null bytes"],
  // With the flag `u`, the halves of a pair are no match.
  [/[\ud800-\udfff]/u, "source code cannot contain lone surrogates"],
  [/^\ufeff/, "source code cannot begin with a byte order mark"],
];

function findUnreadable(text: string): Found | undefined {
  for (const [pattern, message] of UNREADABLE) {
    const offset = text.search(pattern);
    if (offset < 0) continue;
    const lines = linesOf(text.slice(0, offset));
    return { message, lines, row: lines.length - 1, at: lines.at(-1)!.length };
  }
  return undefined;
}
