import { parseParentheses } from "./atoms.ts";
import { DELETABLE, NOTHING, SINGLE, TARGET } from "./cursor.ts";
import { parseTypeParameters } from "./parameters.ts";
import { PatternParser } from "./patterns.ts";
import { idOf, isName, NEWLINE, tableOf } from "./token-ids.ts";

const [COMMA, COLON, DOT, ELLIPSIS, STAR] = [idOf(","), idOf(":"), idOf("."), idOf("..."), idOf("*")];
const [PARENTHESIS, PARENTHESIS_END, BRACKET, EQUALS, SEMICOLON] = [
  idOf("("),
  idOf(")"),
  idOf("["),
  idOf("="),
  idOf(";"),
];
const [PASS, BREAK, CONTINUE, RETURN, RAISE] = [
  idOf("pass"),
  idOf("break"),
  idOf("continue"),
  idOf("return"),
  idOf("raise"),
];
const [GLOBAL, NONLOCAL, DEL, ASSERT, YIELD] = [
  idOf("global"),
  idOf("nonlocal"),
  idOf("del"),
  idOf("assert"),
  idOf("yield"),
];
const [IMPORT, FROM, AS, TYPE] = [idOf("import"), idOf("from"), idOf("as"), idOf("type")];

const AUGMENTED = tableOf("+= -= *= @= /= %= &= |= ^= <<= >>= **= //=");

/** Parses simple statements: several may stand on one line. */
export class SimpleStatementParser extends PatternParser {
  /** By the keyword that a statement begins with. */
  static readonly #byKeyword: ReadonlyMap<number, (parser: SimpleStatementParser) => void> = new Map([
    [PASS, (parser) => parser.advance()],
    [BREAK, (parser) => parser.advance()],
    [CONTINUE, (parser) => parser.advance()],
    [RETURN, (parser) => parser.#return()],
    [RAISE, (parser) => parser.#raise()],
    [GLOBAL, (parser) => parser.#names()],
    [NONLOCAL, (parser) => parser.#names()],
    [DEL, (parser) => parser.#delete()],
    [ASSERT, (parser) => parser.#assert()],
    [IMPORT, (parser) => parser.#import()],
    [FROM, (parser) => parser.#importFrom()],
    [YIELD, (parser) => parser.yieldExpression()],
  ]);

  /** One line of simple statements. */
  simpleStatements(): void {
    do this.#simpleStatement();
    while (this.accept(SEMICOLON) && this.id !== NEWLINE);
    if (!this.accept(NEWLINE)) this.fail();
  }

  #simpleStatement(): void {
    const parse = SimpleStatementParser.#byKeyword.get(this.id);
    if (parse !== undefined) parse(this);
    else if (this.id === TYPE && isName(this.peek())) this.#typeAlias();
    else this.#assignment();
  }

  #return(): void {
    this.advance();
    if (this.startsExpression) this.starExpressions();
  }

  #names(): void {
    do {
      this.advance();
      this.name();
    } while (this.id === COMMA);
  }

  #assert(): void {
    this.advance();
    this.expression();
    if (this.accept(COMMA)) this.expression();
  }

  #import(): void {
    do {
      this.advance();
      this.#dottedName();
      if (this.accept(AS)) this.name();
    } while (this.id === COMMA);
  }

  #raise(): void {
    this.advance();
    if (this.id === NEWLINE || this.id === SEMICOLON) return;
    this.expression();
    if (this.accept(FROM)) this.expression();
  }

  #delete(): void {
    do {
      this.advance();
      const { at } = this;
      if (!(this.primary() & DELETABLE)) this.fail("cannot delete this", at);
    } while (this.id === COMMA && this.peek() !== NEWLINE && this.peek() !== SEMICOLON);
    this.accept(COMMA);
  }

  #dottedName(): void {
    do this.name();
    while (this.accept(DOT));
  }

  #importFrom(): void {
    this.advance();
    const { at } = this;
    while (this.id === DOT || this.id === ELLIPSIS) this.advance();
    if (this.at === at || this.id !== IMPORT) this.#dottedName();
    this.expect(IMPORT, "import");
    if (this.accept(STAR)) return;
    if (this.accept(PARENTHESIS)) {
      do this.#importedName();
      while (this.accept(COMMA) && this.id !== PARENTHESIS_END);
      this.expect(PARENTHESIS_END, "')'");
    } else {
      // A trailing comma needs parentheses.
      do this.#importedName();
      while (this.accept(COMMA));
    }
  }

  #importedName(): void {
    this.name();
    if (this.accept(AS)) this.name();
  }

  #typeAlias(): void {
    this.advance();
    this.name();
    if (this.id === BRACKET) parseTypeParameters(this);
    this.expect(EQUALS, "'='");
    this.expression();
  }

  /** An expression, an assignment or an annotation. */
  #assignment(): void {
    const { at } = this;
    const shape = this.starExpressions();
    if (this.id === EQUALS) this.#values(shape, at);
    else if (AUGMENTED[this.id]) {
      if (!(shape & SINGLE)) this.fail("cannot assign to this", at);
      this.advance();
      this.value();
    } else if (shape & SINGLE && this.id === COLON) {
      if (this.tokens.ids[at] === PARENTHESIS) this.#checkAnnotated(at);
      this.advance();
      this.expression();
      if (this.accept(EQUALS)) this.value();
    }
  }

  /**
   * CPython's grammar tries a target in parentheses first, and then expects the colon: `(x): int` and `(x + y).z: int`
   * are valid, `(x).z: int` is not.
   */
  #checkAnnotated(start: number): void {
    const { at } = this;
    this.seek(start);
    const shape = parseParentheses(this);
    if (shape & SINGLE && this.at !== at) this.fail();
    this.seek(at);
  }

  /**
   * `= b = c`, after the first target.
   *
   * @param first - Shape of the first target.
   * @param start - Index of its first token.
   */
  #values(first: number, start: number): void {
    let shape = first;
    let at = start;
    while (this.id === EQUALS) {
      if (!(shape & TARGET)) this.fail("cannot assign to this", at);
      this.advance();
      at = this.at;
      if (this.id === YIELD) {
        this.yieldExpression();
        shape = NOTHING;
      } else shape = this.starExpressions();
    }
  }
}
