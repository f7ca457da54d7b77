import type { ExpressionParser } from "./expressions.ts";
import { idOf } from "./token-ids.ts";

const [COMMA, COLON, SLASH, EQUALS] = [idOf(","), idOf(":"), idOf("/"), idOf("=")];
const [STAR, DOUBLE_STAR, BRACKET_END] = [idOf("*"), idOf("**"), idOf("]")];

/**
 * The parameters of a function or a lambda.
 *
 * @param end - Id of the token after the parameters.
 * @param annotated - Are annotations allowed?
 */
export function parseParameters(parser: ExpressionParser, end: number, annotated: boolean): void {
  let count = 0;
  let slash = false;
  let star = false;
  let bare = false; // a `*` without a name, which needs a parameter after it
  let defaults = false;
  for (; parser.id !== end; count++) {
    if (parser.id === SLASH) {
      if (slash || star || count === 0) parser.fail();
      slash = true;
      parser.advance();
    } else if (parser.id === STAR) {
      if (star) parser.fail("* argument may appear only once");
      star = true;
      parser.advance();
      if (parser.id === COMMA) bare = true;
      else starParameter(parser, annotated);
    } else if (parser.id === DOUBLE_STAR) {
      if (bare) parser.fail("named arguments must follow bare *");
      parser.advance();
      parameter(parser, annotated);
      parser.accept(COMMA);
      return;
    } else {
      const { at } = parser;
      parameter(parser, annotated);
      if (parser.accept(EQUALS)) {
        parser.expression();
        defaults = true;
      } else if (defaults && !star) parser.fail("parameter without a default follows parameter with a default", at);
      bare = false;
    }
    if (!parser.accept(COMMA)) break;
  }
  if (bare) parser.fail("named arguments must follow bare *");
}

function parameter(parser: ExpressionParser, annotated: boolean): void {
  parser.name();
  if (annotated && parser.accept(COLON)) parser.expression();
}

/** Only the annotation of `*args` may be starred. */
function starParameter(parser: ExpressionParser, annotated: boolean): void {
  parser.name();
  if (!annotated || !parser.accept(COLON)) return;
  if (parser.accept(STAR)) parser.bitwiseOr();
  else parser.expression();
}

/** From `[` to `]`: `[T: bound = default, *Ts, **P]`. */
export function parseTypeParameters(parser: ExpressionParser): void {
  parser.advance();
  do parseTypeParameter(parser);
  while (parser.accept(COMMA) && parser.id !== BRACKET_END);
  parser.expect(BRACKET_END, "']'");
}

function parseTypeParameter(parser: ExpressionParser): void {
  const starred = parser.accept(STAR);
  const plain = !starred && !parser.accept(DOUBLE_STAR);
  parser.name();
  if (plain && parser.accept(COLON)) parser.expression();
  if (!parser.accept(EQUALS)) return;
  if (starred && parser.accept(STAR)) parser.bitwiseOr();
  else parser.expression();
}
