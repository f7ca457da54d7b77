import { isSeamlessError, type SeamlessError } from "@seamless/checksum";
import type { Fault } from "../fault.ts";
import { Kind, LexicalError } from "../ipython/tokenizer/kinds.ts";
import { Tokenizer } from "../ipython/tokenizer/tokenizer.ts";
import { linesOf } from "../position.ts";
import { GrammarCheck } from "./grammar.ts";
import { nameFault } from "./names.ts";
import { numberFault } from "./numbers.ts";
import { Rewriter } from "./quirks.ts";

/** Limits of CPython's tokenizer, which the parser does not have. All else that is wrong with tokens it finds itself. */
const LIMITS: ReadonlySet<string> = new Set([
  "too many nested parentheses",
  "too many nested f-strings",
  "f-string: expressions nested too deeply",
]);

/** What a look through the tokens of a text says. */
export interface Reading {
  /** What the parser would accept, and CPython does not. */
  readonly fault: Fault | undefined;
  /**
   * The text as the parser gets it: without comments, over some of which it breaks down, and with what it is wrong about
   * rewritten. What is left is where it was.
   */
  readonly code: string;
}

/** Look through the tokens, up to the first lexical error: those that are not limits are left to the parser. */
export function readTokens(text: string): Reading {
  const lines = linesOf(text);
  // Its lines must stay as they are while it reads them.
  const tokenizer = new Tokenizer(lines, true);
  const code = [...lines];
  const fault = walk(tokenizer, code);
  // After a backslash, a last line of nothing is an error, but one of a comment is not.
  if (code.at(-1) !== lines.at(-1)) code.push("");
  return { fault, code: code.join("\n") };
}

/** @param code - The lines, to be changed for the parser. */
function walk(tokenizer: Tokenizer, code: string[]): Fault | undefined {
  const grammar = new GrammarCheck();
  const rewriter = new Rewriter(code);
  try {
    for (;;) {
      const kind = tokenizer.next();
      if (kind === Kind.end) return undefined;
      const { row, start } = tokenizer;
      if (kind === Kind.comment) code[row] = code[row]!.slice(0, start);
      // Neither comments nor the ends of lines come between what belongs together.
      if (kind === Kind.comment || kind === Kind.nl) continue;
      const token = shownText(tokenizer, kind);
      const message = tokenFault(kind, token, grammar);
      if (message !== undefined) return faultAt(tokenizer, start, message);
      rewriter.next(token, row, start);
    }
  } catch (error) {
    // Indentation: too deep, or tabs and spaces that disagree.
    if (isSeamlessError(error)) return indentFault(error);
    if (!(error instanceof LexicalError)) throw error;
    return LIMITS.has(error.message) ? faultAt(tokenizer, tokenizer.at, error.message) : undefined;
  }
}

/** The text of a token, if that matters; those of other kinds may also span lines. */
function shownText({ text, start, end }: Tokenizer, kind: Kind): string {
  return kind === Kind.name || kind === Kind.number || kind === Kind.operator ? text.slice(start, end) : "";
}

function tokenFault(kind: Kind, token: string, grammar: GrammarCheck): string | undefined {
  if (kind === Kind.number) return numberFault(token) ?? grammar.next(kind, token);
  if (kind === Kind.name) return nameFault(token) ?? grammar.next(kind, token);
  return grammar.next(kind, token);
}

function faultAt({ row }: Tokenizer, at: number, message: string): Fault {
  return { message, line: row + 1, column: at + 1 };
}

function indentFault({ message, line = 1, column = 1 }: SeamlessError): Fault {
  return { message: message.replace(/ \(line \d+\)$/, ""), line, column };
}
