/**
 * What the grammar tells tokens apart by: numbers below 256. An operator of one character is its character code; these
 * are the kinds of tokens whose text does not matter.
 */
export const END = 0;
export const NAME = 1;
export const NUMBER = 2;
/** A number that ends in `j`: patterns ask for them. */
export const IMAGINARY = 3;
export const STRING = 4;
export const BYTES = 5;
export const FSTRING_START = 6;
export const FSTRING_MIDDLE = 7;
export const FSTRING_END = 8;
export const NEWLINE = 9;
export const INDENT = 10;
export const DEDENT = 11;
/** Where the tokens of a text end early. */
export const ERROR = 12;

const OPERATORS = "!= %= &= ** **= *= += -= -> ... // //= /= := << <<= <= <> == >= >> >>= @= ^= |=".split(" ");

const KEYWORDS = (
  "False None True and as assert async await break class continue def del elif else except finally for from global if " +
  "import in is lambda nonlocal not or pass raise return try while with yield"
).split(" ");

/** Names, but in some places they begin something else. */
const SOFT_KEYWORDS = ["_", "case", "match", "type"];

const FIRST = 128;
const FIRST_KEYWORD = FIRST + OPERATORS.length;
const FIRST_SOFT = FIRST_KEYWORD + KEYWORDS.length;

/** Operators of several characters, keywords and soft keywords, by their text. */
const IDS: ReadonlyMap<string, number> = new Map(
  [...OPERATORS, ...KEYWORDS, ...SOFT_KEYWORDS].map((text, i) => [text, FIRST + i]),
);

/** The identity of an operator or a keyword. */
export const idOf = (text: string): number => (text.length === 1 && text !== "_" ? text.charCodeAt(0) : IDS.get(text)!);

/** Is it a name, which soft keywords are too? */
export const isName = (id: number): boolean => id === NAME || id >= FIRST_SOFT;

export const isKeyword = (id: number): boolean => id >= FIRST_KEYWORD && id < FIRST_SOFT;

/** A table that is 1 at each of some operators and keywords, in one text with spaces between. */
export function tableOf(texts: string, ...ids: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const text of texts.split(" ")) table[idOf(text)] = 1;
  for (const id of ids) table[id] = 1;
  return table;
}

const LONGEST_KEYWORD = Math.max(...[...KEYWORDS, ...SOFT_KEYWORDS].map(({ length }) => length));

/** The identity of the name at a place of a line. */
export function nameId(line: string, start: number, end: number): number {
  return end - start > LONGEST_KEYWORD ? NAME : (IDS.get(line.slice(start, end)) ?? NAME);
}

/** The identity of the operator at a place of a line. */
export function operatorId(line: string, start: number, end: number): number {
  if (end - start > 1) return IDS.get(line.slice(start, end))!;
  const code = line.charCodeAt(start);
  // Nothing beyond ASCII is an operator, and no control character gets here.
  return code < FIRST ? code : ERROR;
}
