// Classes of characters, as bits, so that a set of classes is one number and a character is looked up once.

/** What ends a line: YAML 1.1 breaks them at NEL, LS and PS too. */
export const BREAK = 1;
/** The end of the text, which reads as NUL: no YAML text contains one. */
export const END = 2;
export const SPACE = 4;
export const TAB = 8;
/** In names of anchors, handles and directives. */
export const WORD = 16;
/** In tags. */
export const URI = 32;
/** Ends a plain scalar in brackets. */
export const FLOW = 64;
/** May follow a colon that ends a plain scalar in brackets. */
export const AFTER_COLON = 128;
/** May follow the name of an anchor, as white space may. */
export const AFTER_NAME = 256;
/** No token starts with it. */
export const NO_TOKEN = 512;
export const QUOTE = 1024;
export const COLON = 2048;

export const BREAK_OR_END = BREAK | END;
export const SPACE_OR_END = BREAK | END | SPACE;
/** What must follow `-`, `?` and `:` in block context. */
export const BLANK_OR_END = BREAK | END | SPACE | TAB;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const ASCII = classes([
  ["\r\n", BREAK],
  ["\0", END],
  [" ", SPACE],
  ["\t", TAB],
  [LETTERS, WORD],
  [`${LETTERS};/?:@&=+$,.!~*'()[]%`, URI],
  [",?[]{}", FLOW],
  [",[]{}", AFTER_COLON],
  ["?:,]}%@`", AFTER_NAME],
  ["\t%@`", NO_TOKEN],
  ["'\"\\", QUOTE],
  [":", COLON],
]);

/** The classes of a character, by its code unit. */
export function classOf(code: number): number {
  if (code < 128) return ASCII[code]!;
  return code === 0x85 || code === 0x2028 || code === 0x2029 ? BREAK : 0;
}

function classes(members: readonly (readonly [characters: string, bit: number])[]): Uint16Array {
  const table = new Uint16Array(128);
  for (const [characters, bit] of members) {
    for (const character of characters) table[character.charCodeAt(0)]! |= bit;
  }
  return table;
}
