import { DOUBLE_QUOTE, SINGLE_QUOTE } from "../text/chars.ts";

const STARTS = new Uint8Array(128);
const PARTS = new Uint8Array(128);
for (const character of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
  STARTS[character.charCodeAt(0)] = PARTS[character.charCodeAt(0)] = 1;
for (const digit of "0123456789") PARTS[digit.charCodeAt(0)] = 1;

/** Everything beyond ASCII may be in a name: `tokenize` leaves the rest to the parser. */
export const startsName = (code: number): boolean => code >= 128 || STARTS[code] === 1;

/** Index after the name that goes on at an index. */
export function nameEnd(text: string, at: number): number {
  let end = at;
  for (;;) {
    const code = text.charCodeAt(end);
    if (code < 128 ? PARTS[code] !== 1 : Number.isNaN(code)) return end;
    end++;
  }
}

/** What stands before a quote that makes the string one of the kinds. */
export interface Prefix {
  readonly length: number;
  readonly format: boolean;
  readonly raw: boolean;
}

const PREFIX = /(?:[fF][rR]?|[rR][fFbB]?|[bB][rR]?|[uU])(?=["'])/y;

/** The string prefix at an index, if a quote follows it. */
export function prefixAt(text: string, at: number): Prefix | undefined {
  const code = text.charCodeAt(at) | 0x20;
  // b, f, r, u: cheaper than asking the expression about every name.
  if (code !== 0x62 && code !== 0x66 && code !== 0x72 && code !== 0x75) return undefined;
  if (!isQuote(text.charCodeAt(at + 1)) && !isQuote(text.charCodeAt(at + 2))) return undefined;
  PREFIX.lastIndex = at;
  const prefix = PREFIX.exec(text)?.[0].toLowerCase();
  if (prefix === undefined) return undefined;
  return { length: prefix.length, format: prefix.includes("f"), raw: prefix.includes("r") };
}

export const isQuote = (code: number): boolean => code === DOUBLE_QUOTE || code === SINGLE_QUOTE;
