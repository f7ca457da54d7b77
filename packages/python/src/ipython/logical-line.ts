import { EQUALS, isClosing, isOpening, QUESTION } from "../ascii.ts";
import { Kind, type Tokenizer } from "../tokenizer/tokenizer.ts";

/** What the transforms need of a token; rows and columns count from 0. */
interface Token {
  readonly kind: Kind;
  /** Its character code if it is a single character, else 0. */
  readonly code: number;
  readonly row: number;
  readonly column: number;
}

/** What the start of a line, or of an assigned value, may be if it is IPython syntax. */
const SIGNS: ReadonlySet<number> = new Set([..."!?%,;/"].map((sign) => sign.charCodeAt(0)));

/** A logical line: of its tokens, which may be millions, only those that the transforms need are kept. */
export class LogicalLine {
  /** How many tokens it has. */
  length = 0;
  /** The first after the indentation. */
  first: Token | undefined;
  /** The first `=` outside of brackets. */
  assignment: Token | undefined;
  /** The two tokens after that. */
  readonly assigned: Token[] = [];
  /** Character code of the last token but one, and its row. */
  beforeLast = 0;
  beforeLastRow = 0;
  #last = 0;
  #lastRow = 0;
  #level = 0;

  /** May any of the transforms match? A cheap test that rules out nearly all lines. */
  get isIPython(): boolean {
    const [value] = this.assigned;
    return SIGNS.has(this.first?.code ?? 0) || SIGNS.has(value?.code ?? 0) || this.beforeLast === QUESTION;
  }

  clear(): void {
    this.length = 0;
    this.first = undefined;
    this.assignment = undefined;
    this.assigned.length = 0;
    this.#last = 0;
    this.#level = 0;
  }

  /** Add the tokenizer's last token. */
  push({ kind, code, startRow, start }: Tokenizer): void {
    this.#advance(code, startRow);
    if (this.first === undefined && kind !== Kind.indent && kind !== Kind.dedent)
      this.first = { kind, code, row: startRow, column: start };
    if (this.assignment !== undefined) {
      if (this.assigned.length < 2) this.assigned.push({ kind, code, row: startRow, column: start });
    } else if (code === EQUALS && this.#level === 0) this.assignment = { kind, code, row: startRow, column: start };
    else this.#level = levelAfter(this.#level, code);
  }

  /** Add the empty token that IPython adds for some lexical errors. */
  pushError(): void {
    this.#advance(0, 0);
    const error: Token = { kind: Kind.error, code: 0, row: 0, column: 0 };
    this.first ??= error;
    if (this.assignment !== undefined && this.assigned.length < 2) this.assigned.push(error);
  }

  #advance(code: number, row: number): void {
    this.length++;
    this.beforeLast = this.#last;
    this.beforeLastRow = this.#lastRow;
    this.#last = code;
    this.#lastRow = row;
  }
}

/**
 * Count brackets as IPython does: of any kind, never below zero, and by the text of the tokens, so that literal text of
 * an f-string that is just a bracket counts too.
 */
export function levelAfter(level: number, code: number): number {
  if (isOpening(code)) return level + 1;
  return isClosing(code) && level > 0 ? level - 1 : level;
}
