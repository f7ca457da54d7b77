/**
 * The parser tells tokens apart by ids, numbers below 256. The id of an operator of one character is its character
 * code. These are the ids of tokens whose text does not matter.
 */
export const END = 0;
export const NAME = 1;
export const NUMBER = 2;
/** A number that ends in `j`: patterns distinguish them. */
export const IMAGINARY = 3;
export const STRING = 4;
export const BYTES = 5;
export const FSTRING_START = 6;
export const FSTRING_MIDDLE = 7;
export const FSTRING_END = 8;
export const NEWLINE = 9;
export const INDENT = 10;
export const DEDENT = 11;
/** An error of the tokenizer: the last token. */
export const ERROR = 12;

const OPERATORS = "!= %= &= ** **= *= += -= -> ... // //= /= := << <<= <= <> == >= >> >>= @= ^= |=".split(" ");

const KEYWORDS = (
  "False None True and as assert async await break class continue def del elif else except finally for from global if " +
  "import in is lambda nonlocal not or pass raise return try while with yield"
).split(" ");

/** Names that are keywords in some places. */
const SOFT_KEYWORDS = ["_", "case", "match", "type"];

const FIRST = 128;
const FIRST_KEYWORD = FIRST + OPERATORS.length;
const FIRST_SOFT = FIRST_KEYWORD + KEYWORDS.length;

/** Ids of operators of several characters, keywords and soft keywords, by their text. */
const IDS: ReadonlyMap<string, number> = new Map(
  [...OPERATORS, ...KEYWORDS, ...SOFT_KEYWORDS].map((text, i) => [text, FIRST + i]),
);

/** The id of an operator or a keyword. */
export const idOf = (text: string): number => (text.length === 1 && text !== "_" ? text.charCodeAt(0) : IDS.get(text)!);

/** Is it a name or a soft keyword? */
export const isName = (id: number): boolean => id === NAME || id >= FIRST_SOFT;

export const isKeyword = (id: number): boolean => id >= FIRST_KEYWORD && id < FIRST_SOFT;

/**
 * A table with a 1 at each of the given ids.
 *
 * @param texts - Operators and keywords, with spaces between them.
 * @param ids - Further ids.
 */
export function tableOf(texts: string, ...ids: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const text of texts.split(" ")) table[idOf(text)] = 1;
  for (const id of ids) table[id] = 1;
  return table;
}

const LONGEST_KEYWORD = Math.max(...[...KEYWORDS, ...SOFT_KEYWORDS].map(({ length }) => length));

/** The id of the name at a range of a line. */
export function nameId(line: string, start: number, end: number): number {
  return end - start > LONGEST_KEYWORD ? NAME : (IDS.get(line.slice(start, end)) ?? NAME);
}

/** The id of the operator at a range of a line. */
export function operatorId(line: string, start: number, end: number): number {
  if (end - start > 1) return IDS.get(line.slice(start, end))!;
  const code = line.charCodeAt(start);
  // Nothing beyond ASCII is an operator, and no control character gets here.
  return code < FIRST ? code : ERROR;
}
