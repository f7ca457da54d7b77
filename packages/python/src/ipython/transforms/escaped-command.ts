import { splitAtSpace, splitWords, stripEnd } from "../text/spaces.ts";
import { helpCall, magicCall, outputCall, systemCall, usageCall } from "./calls.ts";
import { replaceContinued } from "./continued.ts";
import type { Transform } from "./transform.ts";

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
  apply(lines, match) {
    if (isNameless(lines[match.row]!.slice(match.column), match.row + 1 < lines.length)) return undefined;
    return replaceContinued(lines, match, (command) => {
      const [sign, rewrite] = REWRITES.find(([start]) => command.startsWith(start))!;
      return rewrite(command.slice(sign.length));
    });
  },
};

/** `/` with no name right after it, be it because the line goes on in the next. */
function isNameless(text: string, hasNext: boolean): boolean {
  if (!text.startsWith("/")) return false;
  const rest = stripEnd(text).slice(1);
  return rest === "" || rest.startsWith(" ") || (hasNext && rest === "\\" && text.endsWith("\\\n"));
}
