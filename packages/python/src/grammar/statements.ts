import { parseArguments } from "./atoms.ts";
import type { ExpressionParser } from "./expressions.ts";
import { parseParameters, parseTypeParameters } from "./parameters.ts";
import { SimpleStatementParser } from "./simple-statements.ts";
import { DEDENT, END, ERROR, INDENT, idOf, NEWLINE } from "./token-ids.ts";

const [COMMA, COLON, STAR, AT, ARROW] = [idOf(","), idOf(":"), idOf("*"), idOf("@"), idOf("->")];
const [PARENTHESIS, PARENTHESIS_END, BRACKET] = [idOf("("), idOf(")"), idOf("[")];
const [IF, ELIF, ELSE, WHILE, FOR, IN] = [
  idOf("if"),
  idOf("elif"),
  idOf("else"),
  idOf("while"),
  idOf("for"),
  idOf("in"),
];
const [TRY, EXCEPT, FINALLY, WITH, AS] = [idOf("try"), idOf("except"), idOf("finally"), idOf("with"), idOf("as")];
const [DEF, CLASS, ASYNC, MATCH, CASE] = [idOf("def"), idOf("class"), idOf("async"), idOf("match"), idOf("case")];
const OPENING = new Set(["(", "[", "{"].map(idOf));
const CLOSING = new Set([")", "]", "}"].map(idOf));

/** Parses all statements of a module. */
export class StatementParser extends SimpleStatementParser {
  /** By the keyword that a statement begins with. */
  static readonly #byKeyword: ReadonlyMap<number, (parser: StatementParser) => void> = new Map([
    [IF, (parser) => parser.#if()],
    [WHILE, (parser) => parser.#while()],
    [FOR, (parser) => parser.#for()],
    [TRY, (parser) => parser.#try()],
    [WITH, (parser) => parser.#with()],
    [DEF, (parser) => parser.#function()],
    [CLASS, (parser) => parser.#class()],
    [ASYNC, (parser) => parser.#async()],
    [AT, (parser) => parser.#decorated()],
    [INDENT, (parser) => parser.fail("unexpected indent")],
  ]);

  /** @throws ParseError at the first token that CPython rejects. */
  file(): void {
    while (this.id !== END) this.#statement();
  }

  #statement(): void {
    const parse = StatementParser.#byKeyword.get(this.id);
    if (parse !== undefined) parse(this);
    else if (this.id === MATCH && this.#endsInColon()) this.#match();
    else this.simpleStatements();
  }

  /** A colon and its block: an indented one, or simple statements on the same line. */
  #block(): void {
    this.expect(COLON, "':'");
    if (this.accept(NEWLINE)) {
      this.expect(INDENT, "an indented block");
      do this.#statement();
      while (!this.accept(DEDENT));
    } else this.simpleStatements();
  }

  #else(): void {
    if (this.accept(ELSE)) this.#block();
  }

  #if(): void {
    do {
      this.advance();
      this.namedExpression();
      this.#block();
    } while (this.id === ELIF);
    this.#else();
  }

  #while(): void {
    this.advance();
    this.namedExpression();
    this.#block();
    this.#else();
  }

  #for(): void {
    this.advance();
    this.targets();
    this.expect(IN, "in");
    this.starExpressions();
    this.#block();
    this.#else();
  }

  #with(): void {
    this.advance();
    parseWithItems(this);
    this.#block();
  }

  #try(): void {
    this.advance();
    this.#block();
    if (this.id === EXCEPT) {
      const star = this.peek() === STAR;
      do this.#except(star);
      while (this.id === EXCEPT);
      this.#else();
      if (this.id !== FINALLY) return;
    }
    this.expect(FINALLY, "except or finally");
    this.#block();
  }

  /** Either all clauses have a star, or none. */
  #except(star: boolean): void {
    this.advance();
    if (star !== this.accept(STAR)) this.fail("cannot have both except and except* on the same try");
    if (star || this.id !== COLON) {
      this.expression();
      if (this.accept(AS)) this.name();
    }
    this.#block();
  }

  #function(): void {
    this.advance();
    this.name();
    if (this.id === BRACKET) parseTypeParameters(this);
    this.expect(PARENTHESIS, "'('");
    parseParameters(this, PARENTHESIS_END, true);
    this.expect(PARENTHESIS_END, "')'");
    if (this.accept(ARROW)) this.expression();
    this.#block();
  }

  #class(): void {
    this.advance();
    this.name();
    if (this.id === BRACKET) parseTypeParameters(this);
    if (this.id === PARENTHESIS) parseArguments(this, false);
    this.#block();
  }

  #async(): void {
    this.advance();
    if (this.id === DEF) this.#function();
    else if (this.id === FOR) this.#for();
    else if (this.id === WITH) this.#with();
    else this.fail("expected def, for or with after async");
  }

  #decorated(): void {
    while (this.accept(AT)) {
      this.namedExpression();
      if (!this.accept(NEWLINE)) this.fail();
    }
    if (this.id === CLASS) this.#class();
    else {
      this.accept(ASYNC);
      if (this.id !== DEF) this.fail("expected def or class after a decorator");
      this.#function();
    }
  }

  /**
   * Does the logical line end in a colon? Then, and only then, `match` is the keyword: no other line that begins with a
   * name ends in a colon.
   */
  #endsInColon(): boolean {
    let distance = 1;
    for (;;) {
      const id = this.peek(distance);
      if (id === NEWLINE) return this.peek(distance - 1) === COLON;
      if (id === END || id === ERROR) return false;
      distance++;
    }
  }

  #match(): void {
    this.advance();
    const starred = this.id === STAR;
    this.starNamedExpression();
    if (this.accept(COMMA)) {
      while (this.startsExpression) {
        this.starNamedExpression();
        if (!this.accept(COMMA)) break;
      }
    } else if (starred) this.fail("cannot use a starred expression here");
    this.expect(COLON, "':'");
    if (!this.accept(NEWLINE)) this.fail();
    this.expect(INDENT, "an indented block");
    do this.#case();
    while (!this.accept(DEDENT));
  }

  #case(): void {
    this.expect(CASE, "case");
    this.casePattern();
    if (this.accept(IF)) this.namedExpression();
    this.#block();
  }
}

/** What stands between `with` and its colon: items, maybe in parentheses. */
function parseWithItems(parser: ExpressionParser): void {
  const parentheses = parser.id === PARENTHESIS && hasAs(parser);
  if (parentheses) parser.advance();
  do parseWithItem(parser);
  while (parser.accept(COMMA) && !(parentheses && parser.id === PARENTHESIS_END));
  if (parentheses) parser.expect(PARENTHESIS_END, "')'");
}

function parseWithItem(parser: ExpressionParser): void {
  parser.expression();
  if (parser.accept(AS)) parser.target();
}

/**
 * Is there an `as` directly inside of the parentheses? Then they enclose the items; else they also parse as part of an
 * expression.
 */
function hasAs(parser: ExpressionParser): boolean {
  let level = 0;
  for (let distance = 0; ; distance++) {
    const id = parser.peek(distance);
    if (OPENING.has(id)) level++;
    else if (CLOSING.has(id)) level--;
    else if (id === AS && level === 1) return true;
    // `peek` returns `END` after the last token too.
    if (level === 0 || id === END) return false;
  }
}
