/**
 * What the parser refuses, though CPython accepts it, and what it takes in its place: of the same length, so that all
 * else stays where it is, and in all places as right or wrong.
 */
interface Quirk {
  /** Two tokens in a row. */
  readonly pair: readonly [string, string];
  readonly index: 0 | 1;
  /** In place of the one of that index. */
  readonly instead: string;
}

const QUIRKS: readonly Quirk[] = [
  // `raise;` for it is a `raise` of nothing.
  { pair: ["raise", ";"], index: 0, instead: "pass " },
  // `x; match = 1` for it is the statement, which cannot be there.
  { pair: [";", "match"], index: 1, instead: "named" },
];

/** Rewrites such tokens; told of all tokens that count, one by one. */
export class Rewriter {
  readonly #code: string[];
  #previous = { token: "", row: 0, start: 0 };

  /** @param code - The lines to rewrite in. */
  constructor(code: string[]) {
    this.#code = code;
  }

  next(token: string, row: number, start: number): void {
    const pair = [this.#previous, { token, row, start }] as const;
    for (const quirk of QUIRKS) {
      if (pair[0].token === quirk.pair[0] && token === quirk.pair[1]) this.#rewrite(pair[quirk.index], quirk.instead);
    }
    this.#previous = pair[1];
  }

  #rewrite({ token, row, start }: { token: string; row: number; start: number }, instead: string): void {
    const line = this.#code[row]!;
    this.#code[row] = line.slice(0, start) + instead + line.slice(start + token.length);
  }
}
