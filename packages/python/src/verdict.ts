import { describe, SeamlessError } from "@seamless/checksum";
import { type Fault, findFault, linesOf } from "./grammar/index.ts";
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
  return faultOf(text) === undefined;
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
  const fault = faultOf(text);
  if (fault === undefined) return undefined;
  const { line, column, message } = fault;
  const before = linesOf(text)[line - 1]!.slice(0, column - 1);
  return { line, column: [...before].length + 1, message };
}

function faultOf(text: string): Fault | undefined {
  if (typeof text !== "string")
    throw new SeamlessError("INVALID_ARGUMENT", `expected the text of a program, got ${describe(text)}`);
  if (!areNamesLoaded()) throw new SeamlessError("INVALID_STATE", "await loadPython() once before");
  return findFault(text);
}
