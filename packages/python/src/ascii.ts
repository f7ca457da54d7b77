/** Codes of the ASCII characters that have a meaning in Python or IPython. */
export const TAB = 0x09;
export const LF = 0x0a;
export const FF = 0x0c;
export const CR = 0x0d;
export const SPACE = 0x20;
export const EXCLAMATION = 0x21;
const DOUBLE_QUOTE = 0x22;
export const HASH = 0x23;
export const PERCENT = 0x25;
const SINGLE_QUOTE = 0x27;
export const DOT = 0x2e;
export const ZERO = 0x30;
export const COLON = 0x3a;
export const EQUALS = 0x3d;
export const QUESTION = 0x3f;
export const BACKSLASH = 0x5c;
export const UNDERSCORE = 0x5f;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const DELETE = 0x7f;

/** The bit that makes a lower-case letter of a capital one. */
export const LOWER_CASE = 0x20;

/** `(`, `[` or `{`. */
export const isOpening = (code: number): boolean => code === 0x28 || code === 0x5b || code === OPEN_BRACE;

/** `)`, `]` or `}`. */
export const isClosing = (code: number): boolean => code === 0x29 || code === 0x5d || code === CLOSE_BRACE;

/** `0` to `9`. */
export const isAsciiDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** `"` or `'`. */
export const isQuote = (code: number): boolean => code === DOUBLE_QUOTE || code === SINGLE_QUOTE;
