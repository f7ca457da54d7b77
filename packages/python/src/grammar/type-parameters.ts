import type { Expressions } from "./expressions.ts";
import { idOf } from "./ids.ts";

const [COMMA, COLON, STAR, DOUBLE_STAR, EQUALS, END] = [
  idOf(","),
  idOf(":"),
  idOf("*"),
  idOf("**"),
  idOf("="),
  idOf("]"),
];

/** From `[` to `]`: `[T: bound = default, *Ts, **P]`. */
export function readTypeParameters(reader: Expressions): void {
  reader.advance();
  do readTypeParameter(reader);
  while (reader.accept(COMMA) && reader.id !== END);
  reader.expect(END, "']'");
}

function readTypeParameter(reader: Expressions): void {
  const starred = reader.accept(STAR);
  const plain = !starred && !reader.accept(DOUBLE_STAR);
  reader.name();
  if (plain && reader.accept(COLON)) reader.expression();
  if (!reader.accept(EQUALS)) return;
  if (starred && reader.accept(STAR)) reader.bitwiseOr();
  else reader.expression();
}
