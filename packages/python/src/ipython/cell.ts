import { describe, SeamlessError } from "@seamless/checksum";
import { QUESTION } from "../ascii.ts";
import { applyTransforms } from "./apply-transforms.ts";
import { stripClassicPrompts, stripIPythonPrompts } from "./prompts.ts";
import { repr } from "./repr.ts";
import { dedent, isWord, skipSpaces, skipWhile, splitAtSpace, splitLines, stripEnd } from "./text.ts";

/**
 * The Python code of an IPython cell: magics, system commands, help and calls without brackets become calls, prompts and
 * common indentation go. It is what `TransformerManager().transform_cell` of IPython 9.17 does on Python 3.13, with
 * `_ = ` before every line that starts with `get_ipython().run_`.
 *
 * @param cell - Text of the cell. Whether it is Python in the end is not asked.
 * @returns the code, ending in a line feed.
 * @throws SeamlessError `INVALID_BUFFER`, with the line, for what IPython itself fails on: indentation that matches no
 * outer level or mixes tabs and spaces, lone surrogates, and 500 or more pieces of IPython syntax; `TOO_LARGE` for many
 * such pieces in one huge statement, which IPython would take an hour for; `INVALID_ARGUMENT` for no string.
 * @see https://ipython.readthedocs.io/en/stable/config/inputtransforms.html
 *
 * @example
 * import { ipythonToPython } from "@seamless/python";
 * console.log(ipythonToPython("%time x = 1")); // → _ = get_ipython().run_line_magic('time', 'x = 1')
 */
export function ipythonToPython(cell: string): string {
  if (typeof cell !== "string")
    throw new SeamlessError("INVALID_ARGUMENT", `expected the text of a cell, got ${describe(cell)}`);
  const code = transformCell(cell);
  if (!code.includes(RUN)) return code;
  return splitLines(code)
    .map((line) => (line.startsWith(RUN) ? `_ = ${line}` : line))
    .join("");
}

const RUN = "get_ipython().run_";

function transformCell(cell: string): string {
  const ended = cell.endsWith("\n") ? cell : `${cell}\n`;
  const lines = splitLines(ended);
  const dropped = leadingBlankLines(lines);
  const blank = lines.slice(0, dropped).reduce((length, line) => length + line.length, 0);
  const text = ended.slice(blank);
  const dedented = dedent(text);
  const kept = dedented === text ? lines.slice(dropped) : splitLines(dedented);
  const cleaned = stripIPythonPrompts(stripClassicPrompts(kept));
  return applyTransforms(transformCellMagic(cleaned), dropped).join("");
}

/** How many blank lines a cell starts with; none if it has no others. */
function leadingBlankLines(lines: readonly string[]): number {
  const first = lines.findIndex((line) => skipSpaces(line) < line.length);
  return Math.max(first, 0);
}

/** A cell whose first line starts with `%%` becomes one call, with all other lines as they are. */
function transformCellMagic(lines: readonly string[]): readonly string[] {
  const first = lines[0];
  if (first === undefined || !first.startsWith("%%") || isHelp(first)) return lines;
  const [name, rest] = splitAtSpace(stripEnd(first.slice(2)));
  const body = lines.slice(1).join("");
  return [`get_ipython().run_cell_magic(${repr(name)}, ${repr(rest)}, ${repr(body)})\n`];
}

/** `%%name?` asks for help. */
function isHelp(line: string): boolean {
  const end = skipWhile(line, 2, isWord);
  return end > 2 && line.charCodeAt(end) === QUESTION;
}
