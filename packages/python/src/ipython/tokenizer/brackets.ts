import { CLOSE_BRACE } from "../text/chars.ts";
import type { FString } from "./fstrings.ts";
import { LexicalError } from "./kinds.ts";

const MAX_LEVEL = 200;

/** The level of open brackets after one more opens. */
export function openBracket(level: number, string: FString | undefined): number {
  if (level >= MAX_LEVEL) throw new LexicalError("too many nested parentheses", false);
  if (string !== undefined) string.brackets++;
  return level + 1;
}

/** The level after a bracket closes. `tokenize` does not ask whether it is of the kind that is open, or any is. */
export function closeBracket(level: number, string: FString | undefined, code: number): number {
  if (string !== undefined) closeInFString(string, code);
  return Math.max(level - 1, 0);
}

function closeInFString(string: FString, code: number): void {
  if (string.brackets === 0) throw new LexicalError("f-string: unmatched closing bracket", false);
  string.brackets--;
  if (code === CLOSE_BRACE && string.brackets === string.field) {
    string.field--;
    string.literal = true;
    string.format = false;
  }
}
