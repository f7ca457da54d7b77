/**
 * Python's `textwrap.dedent` (up to 3.13): lines of only spaces and tabs become empty, and the longest indentation that
 * all other lines start with goes. Lines end at line feeds here, whatever else splits lines elsewhere.
 */
export function dedent(text: string): string {
  const lines = text.split("\n");
  const indents = lines.map(indentation);
  let margin: string | undefined;
  let blanks = false;
  for (const [i, line] of lines.entries()) {
    const indent = indents[i]!;
    if (indent === line.length) blanks ||= indent > 0;
    else margin = margin === undefined ? line.slice(0, indent) : commonStart(margin, line);
  }
  if (!blanks && !margin) return text;
  const width = margin?.length ?? 0;
  return lines.map((line, i) => (indents[i] === line.length ? "" : line.slice(width))).join("\n");
}

/** How many spaces and tabs a line starts with. */
function indentation(line: string): number {
  let at = 0;
  while (line[at] === " " || line[at] === "\t") at++;
  return at;
}

function commonStart(margin: string, line: string): string {
  let length = 0;
  while (length < margin.length && margin[length] === line[length]) length++;
  return margin.slice(0, length);
}
