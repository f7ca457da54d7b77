import { ExpressionParser } from "./expressions.ts";
import { BYTES, FSTRING_START, IMAGINARY, idOf, isName, NUMBER, STRING } from "./token-ids.ts";

const [COMMA, COLON, DOT, STAR, DOUBLE_STAR] = [idOf(","), idOf(":"), idOf("."), idOf("*"), idOf("**")];
const [PARENTHESIS, PARENTHESIS_END, BRACKET, BRACKET_END] = [idOf("("), idOf(")"), idOf("["), idOf("]")];
const [BRACE, BRACE_END, PLUS, MINUS, BAR, EQUALS] = [idOf("{"), idOf("}"), idOf("+"), idOf("-"), idOf("|"), idOf("=")];
const [AS, IF, WILDCARD] = [idOf("as"), idOf("if"), idOf("_")];
const [NONE, TRUE, FALSE] = [idOf("None"), idOf("True"), idOf("False")];

/**
 * Parses the patterns of `case`. CPython's grammar commits to the first alternative that matches: a `_` is the wildcard
 * wherever a pattern is allowed, whatever comes after it.
 */
export class PatternParser extends ExpressionParser {
  /** What stands between `case` and its guard or colon: a pattern, or a sequence without brackets. */
  casePattern(): void {
    const starred = this.#starPattern();
    if (this.id === COMMA) this.#restOfSequence(COLON);
    else if (starred) this.fail("a starred pattern is part of a sequence");
  }

  /** `a | b as c` */
  #pattern(): void {
    do this.#closedPattern();
    while (this.accept(BAR));
    if (this.accept(AS)) this.#capture();
  }

  #capture(): void {
    if (this.id === WILDCARD) this.fail("cannot use '_' as a target");
    this.name();
  }

  /** `*a`, `*_` or a pattern; true if it is starred. */
  #starPattern(): boolean {
    if (!this.accept(STAR)) {
      this.#pattern();
      return false;
    }
    this.name();
    return true;
  }

  /** The items of a sequence after the first one. */
  #restOfSequence(end: number): void {
    while (this.accept(COMMA) && this.id !== end && this.id !== IF) this.#starPattern();
  }

  #closedPattern(): void {
    const { id } = this;
    if (id === WILDCARD) this.advance();
    else if (isName(id)) this.#namedPattern();
    else if (id === PARENTHESIS) this.#parentheses();
    else if (id === BRACKET) this.#brackets();
    else if (id === BRACE) this.#mapping();
    else this.#literal();
  }

  /** A capture, a value with dots, or a class. */
  #namedPattern(): void {
    this.advance();
    while (this.accept(DOT)) this.name();
    if (this.id === PARENTHESIS) this.#classArguments();
  }

  #literal(): void {
    const { id } = this;
    if (id === MINUS || id === NUMBER || id === IMAGINARY) this.#number();
    else if (id === STRING || id === BYTES || id === FSTRING_START) this.strings();
    else if (id === NONE || id === TRUE || id === FALSE) this.advance();
    else this.fail();
  }

  /** `1`, `-1`, or a complex number: `-1 + 2j`. */
  #number(): void {
    this.accept(MINUS);
    const real = this.id === NUMBER;
    if (!real && this.id !== IMAGINARY) this.fail("expected a number");
    this.advance();
    if (this.id !== PLUS && this.id !== MINUS) return;
    if (!real) this.fail("real number required in complex literal", this.at - 1);
    this.advance();
    if (!this.accept(IMAGINARY)) this.fail("imaginary number required in complex literal");
  }

  /** A group, or a sequence. */
  #parentheses(): void {
    this.advance();
    if (this.accept(PARENTHESIS_END)) return;
    const starred = this.#starPattern();
    if (this.id === COMMA) this.#restOfSequence(PARENTHESIS_END);
    else if (starred) this.fail("a starred pattern is part of a sequence");
    this.expect(PARENTHESIS_END, "')'");
  }

  #brackets(): void {
    this.advance();
    if (this.id !== BRACKET_END) {
      this.#starPattern();
      this.#restOfSequence(BRACKET_END);
    }
    this.expect(BRACKET_END, "']'");
  }

  #mapping(): void {
    this.advance();
    while (this.id !== BRACE_END) {
      if (this.accept(DOUBLE_STAR)) {
        this.#capture();
        this.accept(COMMA);
        break;
      }
      this.#key();
      this.expect(COLON, "':'");
      this.#pattern();
      if (!this.accept(COMMA)) break;
    }
    this.expect(BRACE_END, "'}'");
  }

  /** A literal, or a name with dots. Keys are not patterns: `_` is a name in them. */
  #key(): void {
    if (isName(this.id)) {
      this.advance();
      do {
        this.expect(DOT, "'.'");
        this.name();
      } while (this.id === DOT);
    } else this.#literal();
  }

  #classArguments(): void {
    this.advance();
    let positional = false;
    let keywords = false;
    while (this.id !== PARENTHESIS_END) {
      // After a positional pattern, `_` is another positional one.
      if (isName(this.id) && this.peek() === EQUALS && !(this.id === WILDCARD && positional && !keywords)) {
        this.advance();
        this.advance();
        this.#pattern();
        keywords = true;
      } else {
        if (keywords) this.fail("positional patterns follow keyword patterns");
        this.#pattern();
        positional = true;
      }
      if (!this.accept(COMMA)) break;
    }
    this.expect(PARENTHESIS_END, "')'");
  }
}
