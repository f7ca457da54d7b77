import type { Fault } from "../fault.ts";
import { offsetOfByte, positionOf } from "../position.ts";
import type { ParserInstance } from "./instance.ts";

/** How the parser ends its messages: where it is, in bytes of UTF-8. */
const PLACE = / at byte range (\d+)\.\.\d+$/;

/**
 * Syntax of another version of Python. All else that `check` reports CPython finds only when it compiles: `ast.parse`
 * accepts it.
 */
const OTHER_VERSION = /on Python 3\.\d+ \(syntax was (?:added|removed) in Python 3\.\d+\)/;

/** What the parser has against a text. */
export function findParserFault(parser: ParserInstance, text: string): Fault | undefined {
  return syntaxFault(parser, text) ?? versionFault(parser, text);
}

function syntaxFault(parser: ParserInstance, text: string): Fault | undefined {
  try {
    parser.parse(text);
    return undefined;
  } catch (error) {
    if (!isPlainError(error)) throw error;
    const place = PLACE.exec(error.message);
    const offset = offsetOfByte(text, Number(place?.[1] ?? 0));
    return { message: error.message.slice(0, place?.index), ...positionOf(text, offset) };
  }
}

function versionFault(parser: ParserInstance, text: string): Fault | undefined {
  const found = parser.check(text).find(({ message }) => OTHER_VERSION.test(message));
  if (found === undefined) return undefined;
  const { row, column } = found.start_location;
  return { message: found.message, line: row, column };
}

/** The parser says what is wrong with a text by plain errors; what it dies of is of other classes. */
function isPlainError(error: unknown): error is Error {
  return error instanceof Error && Object.getPrototypeOf(error) === Error.prototype;
}
