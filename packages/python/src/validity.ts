import { SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import { ParseError } from "./grammar/cursor.ts";
import { StatementParser } from "./grammar/statements.ts";
import { linesOf, type Tokens, tokenize } from "./grammar/tokens.ts";
import { areNamesLoaded, loadNames } from "./unicode/names.ts";

/** The first syntax error in a text. */
export interface PythonError {
  /** Number of the line, from 1. */
  readonly line: number;
  /** In characters (code points), from 1. */
  readonly column: number;
  /** What is wrong, for people to read: the wording may change. */
  readonly message: string;
}

/**
 * Load the names of all Unicode characters, which `isValidPython` and `pythonError` check `"\N{BULLET}"` against:
 * 230 kB of JavaScript (90 kB compressed). They are loaded once; further calls do nothing.
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
    throw new SeamlessError("IO_ERROR", `cannot load the names of Unicode characters: ${message}`, { cause });
  }
}

/**
 * Does `ast.parse` of CPython 3.13 accept the text? It checks the syntax only: `return` outside of a function is valid.
 * Time and memory are linear in the length of the text.
 *
 * @param text - Source code of a module.
 * @throws {SeamlessError} `INVALID_STATE` before `loadPython()`; `INVALID_ARGUMENT` if the text is not a string.
 * @example
 * import { isValidPython, loadPython } from "@seamless/python";
 * await loadPython();
 * console.log(isValidPython("x = [n**2 for n in range(10)]")); // → true
 */
export function isValidPython(text: string): boolean {
  return findError(text) === undefined;
}

/**
 * Find the first syntax error in a text.
 *
 * @param text - Source code of a module.
 * @returns `undefined` if `isValidPython` accepts the text.
 * @throws {SeamlessError} like `isValidPython`.
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

/** An error at an index (in UTF-16 units) of a line (from 0). */
interface Found {
  readonly message: string;
  /** The lines of the text, at least up to the error. */
  readonly lines: readonly string[];
  readonly row: number;
  readonly at: number;
}

/** Find the first error, in time and memory linear in the length of the text. */
function findError(text: string): Found | undefined {
  if (typeof text !== "string")
    throw new SeamlessError("INVALID_ARGUMENT", `expected Python code as a string, got ${describe(text)}`);
  if (!areNamesLoaded())
    throw new SeamlessError("INVALID_STATE", "await loadPython() once, before checking Python code");
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

/** Where a parser error is: the tokenizer may have added a line end or a line to the text. */
function foundAt({ lines, rows, starts }: Tokens, { message, at }: ParseError): Found {
  const row = Math.max(Math.min(rows[at]!, lines.length - 1), 0);
  return { message, lines, row, at: Math.min(starts[at]!, lines[row]?.length ?? 0) };
}

/** What CPython rejects before it parses, even in a comment. */
const UNREADABLE: readonly (readonly [RegExp, string])[] = [
  [/\0/, "source code cannot contain null bytes"],
  // The flag `u` keeps the pattern from matching half of a surrogate pair.
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
