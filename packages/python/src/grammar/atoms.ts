import { BARE_NAME, DELETABLE, NOTHING, TARGET } from "./cursor.ts";
import type { ExpressionParser } from "./expressions.ts";
import { FSTRING_END, FSTRING_MIDDLE, idOf, isName } from "./token-ids.ts";

const [COMMA, COLON, EQUALS, EXCLAMATION] = [idOf(","), idOf(":"), idOf("="), idOf("!")];
const [STAR, DOUBLE_STAR, YIELD] = [idOf("*"), idOf("**"), idOf("yield")];
const [PARENTHESIS_END, BRACKET_END, BRACE, BRACE_END] = [idOf(")"), idOf("]"), idOf("{"), idOf("}")];

/** From `(` to `)`: a group, a tuple or a generator. */
export function parseParentheses(parser: ExpressionParser): number {
  parser.advance();
  if (parser.accept(PARENTHESIS_END)) return TARGET | DELETABLE;
  if (parser.id === YIELD) {
    parser.yieldExpression();
    parser.expect(PARENTHESIS_END, "')'");
    return NOTHING;
  }
  const starred = parser.id === STAR;
  let shape = parser.starNamedExpression();
  if (parser.id === COMMA) shape = restOfItems(parser, shape & (TARGET | DELETABLE), PARENTHESIS_END);
  else if (starred) parser.fail("cannot use a starred expression here");
  else if (parser.startsComprehension) {
    parser.comprehension();
    shape = NOTHING;
  }
  parser.expect(PARENTHESIS_END, "')'");
  return shape & ~BARE_NAME;
}

/** From `[` to `]`: a list, or a comprehension. */
export function parseBrackets(parser: ExpressionParser): number {
  parser.advance();
  if (parser.accept(BRACKET_END)) return TARGET | DELETABLE;
  const starred = parser.id === STAR;
  let shape = parser.starNamedExpression() & (TARGET | DELETABLE);
  if (!starred && parser.startsComprehension) {
    parser.comprehension();
    shape = NOTHING;
  } else shape = restOfItems(parser, shape, BRACKET_END);
  parser.expect(BRACKET_END, "']'");
  return shape;
}

/**
 * The items after the first one of a tuple, a list or a set.
 *
 * @returns the shape of all of them together.
 */
function restOfItems(parser: ExpressionParser, first: number, end: number): number {
  let shape = first;
  while (parser.accept(COMMA) && parser.id !== end) shape &= parser.starNamedExpression();
  return shape;
}

/** From `{` to `}`: a dict, a set, or a comprehension of either. */
export function parseBraces(parser: ExpressionParser): void {
  parser.advance();
  if (parser.accept(BRACE_END)) return;
  if (parser.id === DOUBLE_STAR) restOfPairs(parser);
  else if (parser.id === STAR || parser.isNamed) restOfSet(parser);
  else {
    parser.expression();
    if (parser.id !== COLON) restOfSet(parser, true);
    else {
      parser.advance();
      parser.expression();
      if (parser.startsComprehension) parser.comprehension();
      else if (parser.accept(COMMA)) restOfPairs(parser);
    }
  }
  parser.expect(BRACE_END, "'}'");
}

/** @param begun - Has the first item been parsed already? */
function restOfSet(parser: ExpressionParser, begun = false): void {
  const starred = parser.id === STAR;
  if (!begun) parser.starNamedExpression();
  if ((begun || !starred) && parser.startsComprehension) parser.comprehension();
  else restOfItems(parser, NOTHING, BRACE_END);
}

function restOfPairs(parser: ExpressionParser): void {
  while (parser.id !== BRACE_END) {
    if (parser.accept(DOUBLE_STAR)) parser.bitwiseOr();
    else {
      parser.expression();
      parser.expect(COLON, "':'");
      parser.expression();
    }
    if (!parser.accept(COMMA)) return;
  }
}

/** How far the arguments are: each stage excludes arguments of earlier ones. */
const Stage = { positional: 0, keywords: 1, doubleStar: 2 } as const;

/**
 * From `(` to `)`: the arguments of a call or a class.
 *
 * @param generator - Is a generator expression without its own parentheses allowed?
 */
export function parseArguments(parser: ExpressionParser, generator: boolean): void {
  parser.advance();
  let stage: number = Stage.positional;
  for (let first = true; parser.id !== PARENTHESIS_END; first = false) {
    if (parser.id === STAR) {
      if (stage === Stage.doubleStar) parser.fail("iterable argument unpacking follows keyword argument unpacking");
      parser.advance();
      parser.expression();
    } else if (parser.accept(DOUBLE_STAR)) {
      parser.expression();
      stage = Stage.doubleStar;
    } else if (isName(parser.id) && parser.peek() === EQUALS) {
      parser.advance();
      parser.advance();
      parser.expression();
      stage = Math.max(stage, Stage.keywords);
    } else {
      if (stage !== Stage.positional) parser.fail("positional argument follows keyword argument");
      const { at } = parser;
      parser.namedExpression();
      if (parser.id === EQUALS) parser.fail("the name of a keyword argument must be an identifier", at);
      if (generator && first && parser.startsComprehension) {
        parser.comprehension();
        break;
      }
    }
    if (!parser.accept(COMMA)) break;
  }
  parser.expect(PARENTHESIS_END, "')'");
}

/** From the start to the end of an f-string, whose parts are tokens of their own. */
export function parseFString(parser: ExpressionParser): void {
  parser.advance();
  parseParts(parser);
  parser.expect(FSTRING_END, "the end of the f-string");
}

function parseParts(parser: ExpressionParser): void {
  for (;;) {
    if (parser.id === FSTRING_MIDDLE) parser.advance();
    else if (parser.id === BRACE) parseField(parser);
    else return;
  }
}

/** `{value=!r:format}` */
function parseField(parser: ExpressionParser): void {
  parser.advance();
  parser.value();
  parser.accept(EQUALS);
  if (parser.id === EXCLAMATION) parseConversion(parser);
  if (parser.accept(COLON)) parseParts(parser);
  parser.expect(BRACE_END, "'}'");
}

const CONVERSIONS: ReadonlySet<string> = new Set(["s", "r", "a"]);

function parseConversion(parser: ExpressionParser): void {
  const { rows, starts } = parser.tokens;
  const mark = parser.at;
  parser.advance();
  const { at } = parser;
  if (!isName(parser.id) || rows[at] !== rows[mark] || starts[at] !== starts[mark]! + 1)
    parser.fail("f-string: a conversion must come right after the exclamation mark");
  if (!CONVERSIONS.has(parser.textOf(at))) parser.fail("f-string: a conversion is s, r or a");
  parser.advance();
}
