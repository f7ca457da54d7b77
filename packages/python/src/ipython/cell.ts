import { SeamlessError } from "@seamless/checksum";
import { pythonRepr } from "@seamless/internal/python-repr";
import { describe } from "@seamless/internal/text";
import { QUESTION } from "../ascii.ts";
import { applyTransforms } from "./apply-transforms.ts";
import { stripClassicPrompts, stripIPythonPrompts } from "./prompts.ts";
import { dedent, isWord, skipSpaces, skipWhile, splitAtSpace, splitLines, stripEnd } from "./text.ts";

/**
 * Convert an IPython cell to Python: magics, system commands, help and calls without parentheses become calls; prompts
 * and common indentation are removed. The result is that of `TransformerManager().transform_cell` of IPython 9.17 on
 * Python 3.13, with `_ = ` before every line that starts with `get_ipython().run_`.
 *
 * @param cell - Text of the cell. The result is not checked: it may be invalid Python.
 * @returns Python code that ends in a line feed.
 * @throws {SeamlessError} `INVALID_BUFFER`, usually with `line` and `column`, where IPython fails: on indentation that
 *   matches no outer level or mixes tabs and spaces, on lone surrogates, and on 500 or more transformations;
 *   `TOO_LARGE` for many transformations of one huge statement, which would take IPython an hour; `INVALID_ARGUMENT` if
 *   the cell is not a string.
 * @see https://ipython.readthedocs.io/en/stable/config/inputtransforms.html
 *
 * @example
 * import { ipythonToPython } from "@seamless/python";
 * console.log(ipythonToPython("%time x = 1")); // → _ = get_ipython().run_line_magic('time', 'x = 1')
 */
export function ipythonToPython(cell: string): string {
  if (typeof cell !== "string")
    throw new SeamlessError("INVALID_ARGUMENT", `expected an IPython cell as a string, got ${describe(cell)}`);
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

/** How many blank lines a cell starts with; 0 if all of its lines are blank. */
function leadingBlankLines(lines: readonly string[]): number {
  const first = lines.findIndex((line) => skipSpaces(line) < line.length);
  return Math.max(first, 0);
}

/** A cell whose first line starts with `%%` becomes one call, with its other lines as an argument. */
function transformCellMagic(lines: readonly string[]): readonly string[] {
  const first = lines[0];
  if (first === undefined || !first.startsWith("%%") || isHelp(first)) return lines;
  const [name, rest] = splitAtSpace(stripEnd(first.slice(2)));
  const body = lines.slice(1).join("");
  return [`get_ipython().run_cell_magic(${pythonRepr(name)}, ${pythonRepr(rest)}, ${pythonRepr(body)})\n`];
}

/** Is the line `%%name?`, which asks for help? */
function isHelp(line: string): boolean {
  const end = skipWhile(line, 2, isWord);
  return end > 2 && line.charCodeAt(end) === QUESTION;
}
