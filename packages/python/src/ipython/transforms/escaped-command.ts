import { operatorLength } from "../../tokenizer/lexemes.ts";
import { splitAtSpace, splitWords, stripEnd } from "../text/spaces.ts";
import { helpCall, magicCall, outputCall, systemCall, usageCall } from "./calls.ts";
import { replaceContinued } from "./continued.ts";
import type { Replacement, Transform } from "./transform.ts";

/** What becomes of the text after each escape; the longer ones go first. */
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

/** `%magic`, `!command`, `?object` and the ways to call without brackets, at the start of a logical line */
export const escapedCommand: Transform = {
  priority: 10,
  find({ first }) {
    if (first === undefined || !ESCAPES.has(first.code)) return undefined;
    return { row: first.row, column: first.column };
  },
  apply(lines, match, passes) {
    if (isNameless(lines[match.row]!.slice(match.column), match.row + 1 < lines.length)) return undefined;
    const replacement = replaceContinued(lines, match, rewrite);
    const isLast = replacement.row + replacement.count === lines.length;
    // No line that has a NUL is read.
    return isLast && !replacement.line.includes("\0") ? repeat(replacement, match.column, passes) : replacement;
  },
};

function rewrite(command: string): string {
  const [sign, write] = REWRITES.find(([start]) => command.startsWith(start))!;
  return write(command.slice(sign.length));
}

/** The characters of arguments that are rewritten without a look at the tokens; after that every pass is counted. */
const MAX_ARGUMENTS = 100_000;

/**
 * A call whose name begins with an escape is one again in the next pass, and so on: `,,f a`. On the last line of a cell
 * nothing else can come between, as long as nothing is assigned, so that the tokens need not be read each time.
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

/** Is a rewritten line one that only this transform can match, and surely does? */
function isCallAgain(command: string): boolean {
  if (!",;/".includes(command[0]!) || operatorLength(command, 0) > 1) return false;
  return !command.includes("=") && !isNameless(command, false);
}

/** `/` with no name right after it, be it because the line goes on in the next. */
function isNameless(text: string, hasNext: boolean): boolean {
  if (!text.startsWith("/")) return false;
  const rest = stripEnd(text).slice(1);
  return rest === "" || rest.startsWith(" ") || (hasNext && rest === "\\" && text.endsWith("\\\n"));
}
