import { BACKSLASH, COLON, DOT, SPACE, TAB } from "../ascii.ts";
import { dedent, isDigit, skipSpaces, skipWhile, splitLines } from "./text.ts";

/**
 * Remove one `>>>` or `...` from every line, if some line has `>>>`; then dedent the runs of lines that had prompts.
 * Lines in triple-quoted strings keep theirs, and do not count as lines with prompts.
 */
export function stripClassicPrompts(lines: readonly string[]): readonly string[] {
  if (!lines.some((line) => promptEnd(line, ">>>") > 0)) return lines;
  const quoted = quotedLines(lines);
  if (!lines.some((line, i) => !quoted[i] && promptEnd(line, ">>>") > 0)) return lines;
  const result: string[][] = [];
  for (let start = 0, end = 0; start < lines.length; start = end) {
    while (end < lines.length && quoted[end] === quoted[start]) end++;
    const run = lines.slice(start, end);
    result.push(quoted[start] ? run : stripRun(run));
  }
  return result.flat();
}

function stripRun(lines: readonly string[]): string[] {
  const stripped = lines.map((line) => line.slice(promptEnd(line, ">>>") || promptEnd(line, "...")));
  const any = stripped.some((line, i) => line.length < lines[i]!.length);
  return any ? splitLines(dedent(stripped.join(""))) : stripped;
}

/** Index after the prompt at the start of a line, with the space or tab after it; 0 if there is none. */
function promptEnd(line: string, prompt: ">>>" | "..."): number {
  const start = skipSpaces(line);
  if (!line.startsWith(prompt, start)) return 0;
  const end = start + prompt.length;
  const next = line.charCodeAt(end);
  return next === SPACE || next === TAB ? end + 1 : end;
}

/** Which lines keep their prompts: those that are in a triple-quoted string, or start one. */
function quotedLines(lines: readonly string[]): boolean[] {
  const quoted: boolean[] = [];
  let open = ""; // the quotes of the string that is open
  let keeps = false; // its lines keep their prompts
  let seenPrompt = false;
  for (const line of lines) {
    let inString = open !== "" && keeps;
    let first = true;
    for (const { at, quotes } of tripleQuotes(line)) {
      if (open === "") {
        open = quotes;
        // A string that comes after other quotes on its line does not stand alone.
        keeps = first && standsAlone(line.slice(0, at), seenPrompt);
        inString = keeps;
      } else if (open === quotes) {
        open = "";
        keeps = false;
      }
      first = false;
    }
    quoted.push(inString);
    seenPrompt ||= promptEnd(line, ">>>") > 0;
  }
  return quoted;
}

/** Is there only a prompt and a string prefix before the quotes, and no prompt if an earlier line had one? */
function standsAlone(before: string, seenPrompt: boolean): boolean {
  let rest = before.slice(promptEnd(before, ">>>"));
  rest = rest.slice(promptEnd(rest, "..."));
  if (seenPrompt && rest.length < before.length) return false;
  let at = skipSpaces(rest);
  while (at < rest.length && "rubfRUBF".includes(rest[at]!)) at++;
  return skipSpaces(rest, at) === rest.length;
}

/** Triple quotes without a backslash before them. */
function* tripleQuotes(line: string): Generator<{ at: number; quotes: string }> {
  for (let at = 0; at + 3 <= line.length; ) {
    const quote = line[at]!;
    const triple = (quote === '"' || quote === "'") && line[at + 1] === quote && line[at + 2] === quote;
    if (triple && line.charCodeAt(at - 1) !== BACKSLASH) {
      yield { at, quotes: quote };
      at += 3;
    } else at++;
  }
}

/** Remove one IPython prompt (`In [1]: `, `   ...: `) from every line, if the first or the second line has one. */
export function stripIPythonPrompts(lines: readonly string[]): readonly string[] {
  if (!lines.slice(0, 2).some((line) => ipythonPromptEnd(line) > 0)) return lines;
  return lines.map((line) => line.slice(ipythonPromptEnd(line)));
}

/** Index after the prompt at the start of a line; 0 if there is none. */
function ipythonPromptEnd(line: string): number {
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
