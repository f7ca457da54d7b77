import { SyntaxFault } from "./cursor.ts";
import type { Fault } from "./fault.ts";
import { Statements } from "./statements.ts";
import { readTokens, type Tokens } from "./tokens.ts";
import { findUnreadable } from "./unreadable.ts";

/** The first thing in a text that CPython would not take, in time and memory that grow as the text does. */
export function findFault(text: string): Fault | undefined {
  const unreadable = findUnreadable(text);
  if (unreadable !== undefined) return unreadable;
  const tokens = readTokens(text);
  try {
    new Statements(tokens).file();
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return faultAt(tokens, error);
  }
}

/** The tokenizer may have seen a line end, or a line, more than there is. */
function faultAt({ lines, rows, starts }: Tokens, { message, at }: SyntaxFault): Fault {
  const row = Math.max(Math.min(rows[at]!, lines.length - 1), 0);
  return { message, line: row + 1, column: Math.min(starts[at]!, lines[row]?.length ?? 0) + 1 };
}
