import { COLON, DOT, SPACE } from "../../ascii.ts";
import { skipSpaces } from "../text/spaces.ts";
import { isDigit, skipWhile } from "../text/words.ts";

/** Take one IPython prompt (`In [1]: `, `   ...: `) from every line, if the first or the second line has one. */
export function stripIPythonPrompts(lines: readonly string[]): readonly string[] {
  if (!lines.slice(0, 2).some((line) => promptEnd(line) > 0)) return lines;
  return lines.map((line) => line.slice(promptEnd(line)));
}

/** Index after the prompt that a line starts with, or 0. */
function promptEnd(line: string): number {
  return firstPromptEnd(line) || continuationPromptEnd(line);
}

/** `In [digits]: `, maybe after a space, or after `[nav] ` or `[ins] ` of the editing modes. */
function firstPromptEnd(line: string): number {
  const mode = line.startsWith("[nav] ") || line.startsWith("[ins] ") ? 6 : line.startsWith(" ") ? 1 : 0;
  if (!line.startsWith("In [", mode)) return 0;
  const digits = mode + "In [".length;
  const end = skipWhile(line, digits, isDigit);
  return end > digits && line.startsWith("]: ", end) ? end + "]: ".length : 0;
}

/** Three dots or more and a colon, after any white space and maybe before a space. */
function continuationPromptEnd(line: string): number {
  const dots = skipSpaces(line);
  const end = skipWhile(line, dots, (code) => code === DOT);
  if (end - dots < 3 || line.charCodeAt(end) !== COLON) return 0;
  return line.charCodeAt(end + 1) === SPACE ? end + 2 : end + 1;
}
