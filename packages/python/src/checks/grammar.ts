import { Kind } from "../ipython/tokenizer/kinds.ts";

/** Pairs of tokens that no grammar allows, though the parser does: the second of them by the first. */
const NEVER_NEXT: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  // A bare `yield` is no operand: `x = yield, y`.
  ["yield", new Set(", / // % @ | ^ & << >> < > <= >= == != in is and or if for".split(" "))],
  // Only a plain name gets a value: `((x) := 1)`.
  [")", new Set([":="])],
]);

const OPENING: ReadonlySet<string> = new Set("([{");
const CLOSING: ReadonlySet<string> = new Set(")]}");

/** Finds what the parser takes for Python. Told of all tokens that count, one by one. */
export class GrammarCheck {
  /** For each open bracket: does `yield` come right after it? */
  readonly #open: boolean[] = [];
  #previous = "";

  next(kind: Kind, token: string): string | undefined {
    const previous = this.#previous;
    this.#previous = token;
    if (NEVER_NEXT.get(previous)?.has(token)) return `invalid syntax: "${token}" after "${previous}"`;
    if (kind === Kind.operator) {
      if (OPENING.has(token)) this.#open.push(false);
      else if (CLOSING.has(token)) this.#open.pop();
    } else if (kind === Kind.name) {
      // `(yield x for x in y)`
      if (token === "for" && this.#open.at(-1)) return "invalid syntax: yield in a comprehension needs parentheses";
      if (token === "yield" && OPENING.has(previous)) this.#open[this.#open.length - 1] = true;
    }
    return undefined;
  }
}
