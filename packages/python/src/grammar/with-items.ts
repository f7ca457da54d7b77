import type { Expressions } from "./expressions.ts";
import { END, idOf } from "./ids.ts";

const [COMMA, AS] = [idOf(","), idOf("as")];
const [PARENTHESIS, PARENTHESIS_END] = [idOf("("), idOf(")")];
const OPENING = new Set(["(", "[", "{"].map(idOf));
const CLOSING = new Set([")", "]", "}"].map(idOf));

/** What stands between `with` and its colon: items, maybe in parentheses. */
export function readWithItems(reader: Expressions): void {
  const parentheses = reader.id === PARENTHESIS && hasNames(reader);
  if (parentheses) reader.advance();
  do readItem(reader);
  while (reader.accept(COMMA) && !(parentheses && reader.id === PARENTHESIS_END));
  if (parentheses) reader.expect(PARENTHESIS_END, "')'");
}

function readItem(reader: Expressions): void {
  reader.expression();
  if (reader.accept(AS)) reader.target();
}

/** Is there an `as` right in the parentheses? Then they are those of the items; else they are an expression as well. */
function hasNames(reader: Expressions): boolean {
  let level = 0;
  for (let distance = 0; ; distance++) {
    const id = reader.peek(distance);
    if (OPENING.has(id)) level++;
    else if (CLOSING.has(id)) level--;
    else if (id === AS && level === 1) return true;
    // Also where the tokens end.
    if (level === 0 || id === END) return false;
  }
}
