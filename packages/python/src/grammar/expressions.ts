import { parseArguments, parseBraces, parseBrackets, parseFString, parseParentheses } from "./atoms.ts";
import { BARE_NAME, Cursor, NOTHING, PLACE, TARGET } from "./cursor.ts";
import { parseParameters } from "./parameters.ts";
import { BYTES, FSTRING_START, IMAGINARY, idOf, isName, NAME, NUMBER, STRING, tableOf } from "./token-ids.ts";

const [COMMA, COLON, DOT, STAR] = [idOf(","), idOf(":"), idOf("."), idOf("*")];
const [PARENTHESIS, BRACKET, BRACE, BRACKET_END] = [idOf("("), idOf("["), idOf("{"), idOf("]")];
const [WALRUS, ELLIPSIS] = [idOf(":="), idOf("...")];
const [IF, ELSE, FOR, IN] = [idOf("if"), idOf("else"), idOf("for"), idOf("in")];
const [IS, NOT, AND, OR] = [idOf("is"), idOf("not"), idOf("and"), idOf("or")];
const [LAMBDA, AWAIT, ASYNC, YIELD, FROM] = [idOf("lambda"), idOf("await"), idOf("async"), idOf("yield"), idOf("from")];
const [NONE, TRUE, FALSE] = [idOf("None"), idOf("True"), idOf("False")];

const BINARY = tableOf("+ - * / // % @ ** << >> & ^ |");
const UNARY = tableOf("+ - ~");
const COMPARISON = tableOf("< > == >= <= != in");
/** What an expression may begin with, or a starred one. */
const STARTS = tableOf(
  "_ case match type None True False not lambda await ... ( [ { + - ~ *",
  NAME,
  NUMBER,
  IMAGINARY,
  STRING,
  BYTES,
  FSTRING_START,
);
const SLICE_ENDS = tableOf(", ] :");

/** CPython fails at 750. The tokenizer limits how deep brackets, f-strings and blocks nest, but not these. */
const MAX_NESTED_LAMBDAS = 1000;

/**
 * Parses expressions by recursive descent, but chains of operators in loops: only brackets, f-strings and defaults of
 * lambdas recurse. The methods return the shape of the expression, in the bits of `cursor.ts`.
 *
 * @see https://docs.python.org/3.13/reference/grammar.html
 */
export class ExpressionParser extends Cursor {
  #lambdas = 0;

  /** May the next token begin an expression, or a starred one? */
  get startsExpression(): boolean {
    return STARTS[this.id] === 1;
  }

  /** `a, *b`, as on the right of `=`. */
  starExpressions(): number {
    let shape = this.#starExpression();
    while (this.accept(COMMA)) {
      shape &= TARGET;
      if (!this.startsExpression) break;
      shape &= this.#starExpression();
    }
    return shape;
  }

  #starExpression(): number {
    return this.accept(STAR) ? this.bitwiseOr() & TARGET : this.expression();
  }

  /** `*a`, `a := b` or `a`, as in a list. */
  starNamedExpression(): number {
    return this.accept(STAR) ? this.bitwiseOr() & TARGET : this.namedExpression();
  }

  /** `a := b` or `a` */
  namedExpression(): number {
    if (this.isNamed) {
      this.advance();
      this.advance();
      this.expression();
      return NOTHING;
    }
    return this.expression();
  }

  /** Does a `a := b` begin here? */
  get isNamed(): boolean {
    return isName(this.id) && this.peek() === WALRUS;
  }

  /** `a if b else c`, a lambda, or less. */
  expression(): number {
    for (let whole = true; ; whole = false) {
      while (this.id === LAMBDA) {
        this.#lambdaHead();
        whole = false;
      }
      const shape = this.disjunction();
      if (!this.accept(IF)) return whole ? shape : NOTHING;
      this.disjunction();
      this.expect(ELSE, "else");
    }
  }

  #lambdaHead(): void {
    if (++this.#lambdas > MAX_NESTED_LAMBDAS) this.fail("too many nested lambdas");
    this.advance();
    parseParameters(this, COLON, false);
    this.expect(COLON, "':'");
    this.#lambdas--;
  }

  /** `a or b and not c` */
  disjunction(): number {
    for (let whole = true; ; whole = false) {
      while (this.accept(NOT)) whole = false;
      const shape = this.#comparison();
      if (this.id !== AND && this.id !== OR) return whole ? shape : NOTHING;
      this.advance();
    }
  }

  #comparison(): number {
    const shape = this.bitwiseOr();
    if (!this.#comparisonOperator()) return shape;
    do this.bitwiseOr();
    while (this.#comparisonOperator());
    return NOTHING;
  }

  #comparisonOperator(): boolean {
    const { id } = this;
    if (id === IS) {
      this.advance();
      this.accept(NOT);
      return true;
    }
    if (id === NOT) {
      this.advance();
      this.expect(IN, "in");
      return true;
    }
    if (!COMPARISON[id]) return false;
    this.advance();
    return true;
  }

  /** All operators that bind closer than comparisons: their precedence does not change what is valid. */
  bitwiseOr(): number {
    for (let whole = true; ; whole = false) {
      for (; UNARY[this.id]; whole = false) this.advance();
      if (this.accept(AWAIT)) whole = false;
      const shape = this.primary();
      if (!BINARY[this.id]) return whole ? shape : NOTHING;
      this.advance();
    }
  }

  /** An atom with attributes, items and calls. */
  primary(): number {
    let shape = this.#atom();
    for (;;) {
      if (this.id === DOT) {
        this.advance();
        this.name();
        shape = PLACE;
      } else if (this.id === PARENTHESIS) {
        parseArguments(this, true);
        shape = NOTHING;
      } else if (this.id === BRACKET) {
        this.#subscript();
        shape = PLACE;
      } else return shape;
    }
  }

  #atom(): number {
    const { id } = this;
    if (isName(id)) {
      this.advance();
      return BARE_NAME | PLACE;
    }
    switch (id) {
      case NUMBER:
      case IMAGINARY:
      case NONE:
      case TRUE:
      case FALSE:
      case ELLIPSIS:
        this.advance();
        return NOTHING;
      case STRING:
      case BYTES:
      case FSTRING_START:
        this.strings();
        return NOTHING;
      case PARENTHESIS:
        return parseParentheses(this);
      case BRACKET:
        return parseBrackets(this);
      case BRACE:
        parseBraces(this);
        return NOTHING;
      case YIELD:
        return this.fail("yield needs parentheses here");
      default:
        return this.fail();
    }
  }

  /** Adjacent string literals: all of them bytes, or none. */
  strings(): void {
    const bytes = this.id === BYTES;
    for (;;) {
      if (this.id === STRING || this.id === BYTES) {
        if ((this.id === BYTES) !== bytes) this.fail("cannot mix bytes and nonbytes literals");
        this.advance();
      } else if (this.id === FSTRING_START) {
        if (bytes) this.fail("cannot mix bytes and nonbytes literals");
        parseFString(this);
      } else return;
    }
  }

  #subscript(): void {
    this.advance();
    do {
      if (this.accept(STAR)) this.expression();
      else this.#slice();
    } while (this.accept(COMMA) && this.id !== BRACKET_END);
    this.expect(BRACKET_END, "']'");
  }

  #slice(): void {
    if (this.isNamed) {
      this.namedExpression();
      return;
    }
    if (this.id !== COLON) this.expression();
    for (let colons = 0; colons < 2 && this.accept(COLON); colons++) if (!SLICE_ENDS[this.id]) this.expression();
  }

  /** Is `for a in b if c` next? */
  get startsComprehension(): boolean {
    return this.id === FOR || (this.id === ASYNC && this.peek() === FOR);
  }

  comprehension(): void {
    while (this.startsComprehension) {
      this.accept(ASYNC);
      this.advance();
      this.targets();
      this.expect(IN, "in");
      this.disjunction();
      while (this.accept(IF)) this.disjunction();
    }
  }

  /** The targets of `for`. */
  targets(): void {
    do this.target();
    while (this.accept(COMMA) && this.id !== IN);
  }

  /** One target of `for` or `with`, maybe starred. */
  target(): void {
    this.accept(STAR);
    const { at } = this;
    if (!(this.primary() & TARGET)) this.fail("cannot assign to this", at);
  }

  /** `yield` where it needs no parentheses. */
  yieldExpression(): void {
    this.advance();
    if (this.accept(FROM)) this.expression();
    else if (this.startsExpression) this.starExpressions();
  }

  /** The right side of `=`, or the value of a replacement field in an f-string. */
  value(): void {
    if (this.id === YIELD) this.yieldExpression();
    else this.starExpressions();
  }
}
