import type { Expressions } from "./expressions.ts";
import { idOf } from "./ids.ts";

const [COMMA, COLON, SLASH, STAR, DOUBLE_STAR, EQUALS] = [
  idOf(","),
  idOf(":"),
  idOf("/"),
  idOf("*"),
  idOf("**"),
  idOf("="),
];

/**
 * The parameters of a function or a lambda, up to what ends them.
 *
 * @param annotated - May they have annotations?
 */
export function readParameters(reader: Expressions, end: number, annotated: boolean): void {
  let count = 0;
  let slash = false;
  let star = false;
  let bare = false; // does a `*` without a name wait for a parameter?
  let defaults = false;
  for (; reader.id !== end; count++) {
    if (reader.id === SLASH) {
      if (slash || star || count === 0) reader.fail();
      slash = true;
      reader.advance();
    } else if (reader.id === STAR) {
      if (star) reader.fail("* argument may appear only once");
      star = true;
      reader.advance();
      if (reader.id === COMMA) bare = true;
      else starParameter(reader, annotated);
    } else if (reader.id === DOUBLE_STAR) {
      if (bare) reader.fail("named arguments must follow bare *");
      reader.advance();
      parameter(reader, annotated);
      reader.accept(COMMA);
      return;
    } else {
      const { at } = reader;
      parameter(reader, annotated);
      if (reader.accept(EQUALS)) {
        reader.expression();
        defaults = true;
      } else if (defaults && !star) reader.fail("parameter without a default follows parameter with a default", at);
      bare = false;
    }
    if (!reader.accept(COMMA)) break;
  }
  if (bare) reader.fail("named arguments must follow bare *");
}

function parameter(reader: Expressions, annotated: boolean): void {
  reader.name();
  if (annotated && reader.accept(COLON)) reader.expression();
}

/** Only the annotation of `*args` may have a star too. */
function starParameter(reader: Expressions, annotated: boolean): void {
  reader.name();
  if (!annotated || !reader.accept(COLON)) return;
  if (reader.accept(STAR)) reader.bitwiseOr();
  else reader.expression();
}
