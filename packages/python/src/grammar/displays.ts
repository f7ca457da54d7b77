import type { Expressions } from "./expressions.ts";
import { idOf } from "./ids.ts";
import { BARE_NAME, DELETABLE, NOTHING, TARGET } from "./shapes.ts";

const [COMMA, COLON, STAR, DOUBLE_STAR, YIELD] = [idOf(","), idOf(":"), idOf("*"), idOf("**"), idOf("yield")];
const [PARENTHESIS_END, BRACKET_END, BRACE_END] = [idOf(")"), idOf("]"), idOf("}")];

/** From `(` to `)`: a group, a tuple or a generator. */
export function readParentheses(reader: Expressions): number {
  reader.advance();
  if (reader.accept(PARENTHESIS_END)) return TARGET | DELETABLE;
  if (reader.id === YIELD) {
    reader.yieldExpression();
    reader.expect(PARENTHESIS_END, "')'");
    return NOTHING;
  }
  const starred = reader.id === STAR;
  let shape = reader.starNamedExpression();
  if (reader.id === COMMA) shape = restOfItems(reader, shape & (TARGET | DELETABLE), PARENTHESIS_END);
  else if (starred) reader.fail("cannot use a starred expression here");
  else if (reader.startsComprehension) {
    reader.comprehension();
    shape = NOTHING;
  }
  reader.expect(PARENTHESIS_END, "')'");
  return shape & ~BARE_NAME;
}

/** From `[` to `]`: a list, or a comprehension. */
export function readBrackets(reader: Expressions): number {
  reader.advance();
  if (reader.accept(BRACKET_END)) return TARGET | DELETABLE;
  const starred = reader.id === STAR;
  let shape = reader.starNamedExpression() & (TARGET | DELETABLE);
  if (!starred && reader.startsComprehension) {
    reader.comprehension();
    shape = NOTHING;
  } else shape = restOfItems(reader, shape, BRACKET_END);
  reader.expect(BRACKET_END, "']'");
  return shape;
}

/** What follows the first item of a tuple, a list or a set; what they are together. */
function restOfItems(reader: Expressions, first: number, end: number): number {
  let shape = first;
  while (reader.accept(COMMA) && reader.id !== end) shape &= reader.starNamedExpression();
  return shape;
}

/** From `{` to `}`: a dict, a set, or a comprehension of either. */
export function readBraces(reader: Expressions): void {
  reader.advance();
  if (reader.accept(BRACE_END)) return;
  if (reader.id === DOUBLE_STAR) restOfPairs(reader);
  else if (reader.id === STAR || reader.isNamed) restOfSet(reader);
  else {
    reader.expression();
    if (reader.id !== COLON) restOfSet(reader, true);
    else {
      reader.advance();
      reader.expression();
      if (reader.startsComprehension) reader.comprehension();
      else if (reader.accept(COMMA)) restOfPairs(reader);
    }
  }
  reader.expect(BRACE_END, "'}'");
}

/** @param begun - Was the first item read already? */
function restOfSet(reader: Expressions, begun = false): void {
  const starred = reader.id === STAR;
  if (!begun) reader.starNamedExpression();
  if ((begun || !starred) && reader.startsComprehension) reader.comprehension();
  else restOfItems(reader, NOTHING, BRACE_END);
}

function restOfPairs(reader: Expressions): void {
  while (reader.id !== BRACE_END) {
    if (reader.accept(DOUBLE_STAR)) reader.bitwiseOr();
    else {
      reader.expression();
      reader.expect(COLON, "':'");
      reader.expression();
    }
    if (!reader.accept(COMMA)) return;
  }
}
