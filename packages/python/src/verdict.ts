import { SeamlessError } from "@seamless/checksum";
import { findUnreadable, readTokens } from "./checks/index.ts";
import type { Fault } from "./fault.ts";
import { askParser, findParserFault, requireParser } from "./parser/index.ts";
import { linesOf } from "./position.ts";

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
 * Is it Python, as `ast.parse` of CPython 3.13 says? That is about syntax only: `return` outside of a function is fine.
 *
 * @throws {SeamlessError} `INVALID_STATE` before `loadPython()`; `PARSER_TRAPPED` for a text that is nested so deeply
 * that the parser breaks down; `INVALID_ARGUMENT` if it is not a string.
 * @example
 * import { isValidPython, loadPython } from "@seamless/python";
 * await loadPython();
 * console.log(isValidPython("x = [n**2 for n in range(10)]")); // → true
 */
export function isValidPython(text: string): boolean {
  return findFault(text) === undefined;
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
  const fault = findFault(text);
  if (fault === undefined) return undefined;
  const lines = linesOf(text);
  // The parser may have seen a line more.
  const line = Math.min(fault.line, lines.length);
  const before = lines[line - 1]!.slice(0, line < fault.line ? undefined : fault.column - 1);
  return { line, column: [...before].length + 1, message: fault.message };
}

function findFault(text: string): Fault | undefined {
  if (typeof text !== "string") throw new SeamlessError("INVALID_ARGUMENT", `a text is a string, not ${typeof text}`);
  const parser = requireParser();
  const unreadable = findUnreadable(text);
  if (unreadable !== undefined) return unreadable;
  // Before the parser, which could break down on what is nested too deeply.
  const { fault, code } = readTokens(text);
  return fault ?? askParser(() => findParserFault(parser, code));
}
