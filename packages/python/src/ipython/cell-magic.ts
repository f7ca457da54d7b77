import { QUESTION } from "../ascii.ts";
import { repr } from "./text/repr.ts";
import { splitAtSpace, stripEnd } from "./text/spaces.ts";
import { isWord, skipWhile } from "./text/words.ts";

/** A cell whose first line starts with `%%` becomes one call, with all other lines as they are. */
export function transformCellMagic(lines: readonly string[]): readonly string[] {
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
