import { EQUALS, isClosing, isOpening, QUESTION } from "../ascii.ts";
import { Kind, type Tokenizer } from "../tokenizer/tokenizer.ts";

/** A token, as far as the transforms ask: rows and columns count from 0. */
interface Token {
  readonly kind: Kind;
  /** Its character if it is just one, else 0. */
  readonly code: number;
  readonly row: number;
  readonly column: number;
}

/** What a piece of IPython syntax begins with: a line, or what is assigned in it. */
const SIGNS: ReadonlySet<number> = new Set([..."!?%,;/"].map((sign) => sign.charCodeAt(0)));

/** The tokens of a logical line: only those are kept that the transforms ask for, as lines may have millions. */
export class LogicalLine {
  /** How many tokens it has. */
  length = 0;
  /** The first after the indentation. */
  first: Token | undefined;
  /** The first `=` that is in no brackets. */
  assignment: Token | undefined;
  /** The two tokens after that. */
  readonly assigned: Token[] = [];
  /** The one before the last: its character, and its row. */
  beforeLast = 0;
  beforeLastRow = 0;
  #last = 0;
  #lastRow = 0;
  #level = 0;

  /** May any of the transforms match? Without a look at more than a few characters. */
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

  /** Add the token that was just read. */
  push({ kind, code, startRow, start }: Tokenizer): void {
    this.#advance(code, startRow);
    if (this.first === undefined && kind !== Kind.indent && kind !== Kind.dedent)
      this.first = { kind, code, row: startRow, column: start };
    if (this.assignment !== undefined) {
      if (this.assigned.length < 2) this.assigned.push({ kind, code, row: startRow, column: start });
    } else if (code === EQUALS && this.#level === 0) this.assignment = { kind, code, row: startRow, column: start };
    else this.#level = levelAfter(this.#level, code);
  }

  /** Add the empty token that stands for a lexical error. */
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
 * How IPython counts brackets: of any kind, and never below zero. It goes by the text of the tokens, so that literal text
 * of an f-string that is nothing but a bracket counts too.
 */
export function levelAfter(level: number, code: number): number {
  if (isOpening(code)) return level + 1;
  return isClosing(code) && level > 0 ? level - 1 : level;
}
