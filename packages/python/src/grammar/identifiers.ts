import { isContinue, isStart } from "../unicode/identifiers.ts";

/** Names that a syntax tree cannot have; in plain letters they are keywords. */
const CONSTANTS: ReadonlySet<string> = new Set(["None", "True", "False"]);

/** What CPython has against a name in other letters than those of ASCII, of Unicode 15.1. */
export function identifierFault(line: string, start: number, end: number): string | undefined {
  let at = start;
  while (at < end && line.charCodeAt(at) < 0x80) at++;
  if (at === end) return undefined;
  while (at < end) {
    const code = line.codePointAt(at)!;
    // In ASCII the tokenizer has seen to that.
    if (code >= 0x80 && !(at === start ? isStart(code) : isContinue(code))) {
      const shown = code.toString(16).toUpperCase().padStart(4, "0");
      return `invalid character U+${shown} in an identifier`;
    }
    at += code > 0xffff ? 2 : 1;
  }
  // CPython compares names in this form, and says so.
  const plain = line.slice(start, end).normalize("NFKC");
  return CONSTANTS.has(plain) ? `an identifier cannot be the constant ${plain} in other letters` : undefined;
}
