/** Kinds of tokens, as far as anybody asks; the literal parts of f-strings are tokens of their own. */
export const Kind = {
  end: 0,
  name: 1,
  number: 2,
  string: 3,
  fstringStart: 4,
  fstringMiddle: 5,
  fstringEnd: 6,
  operator: 7,
  comment: 8,
  /** The end of a logical line. */
  newline: 9,
  /** The end of a line that ends nothing: of a blank line, or between brackets. */
  nl: 10,
  indent: 11,
  dedent: 12,
  /** What IPython puts where the tokens end early. */
  error: 13,
} as const;

export type Kind = (typeof Kind)[keyof typeof Kind];

/** Where the tokens of a text end early: the error is the tokenizer's, and IPython carries on with what it has. */
export class LexicalError extends Error {
  /** Does IPython put a token of kind `error` in its place? It does so for the errors that it knows by name. */
  readonly counts: boolean;

  constructor(message: string, counts: boolean) {
    super(message);
    this.counts = counts;
  }
}
