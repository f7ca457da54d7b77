import { BACKSLASH, isQuote } from "../ascii.ts";
import { hasCharacter } from "../unicode/names.ts";

/** What the letters before the quotes say. */
export function prefixOf(line: string, start: number): { readonly bytes: boolean; readonly raw: boolean } {
  let bytes = false;
  let raw = false;
  for (let at = start; ; at++) {
    const code = line.charCodeAt(at);
    if (isQuote(code)) return { bytes, raw };
    bytes ||= (code | 0x20) === 0x62;
    raw ||= (code | 0x20) === 0x72;
  }
}

/** What CPython has against the text of a bytes literal. */
export function bytesFault(text: string, raw: boolean): string | undefined {
  if (/[^\0-\x7f]/.test(text)) return "bytes can only contain ASCII literal characters";
  return raw ? undefined : faultOfEscapes(text, BYTES_ESCAPES);
}

/** What CPython has against the escapes in the text of a literal; not all that it does not know are wrong. */
export const escapesFault = (text: string): string | undefined => faultOfEscapes(text, ESCAPES);

/** By the letter after the backslash: what must follow it. */
type Escapes = ReadonlyMap<string, (text: string, at: number) => string | undefined>;

const digits =
  (count: number, pattern: RegExp, message: string) =>
  (text: string, at: number): string | undefined =>
    pattern.test(text.slice(at, at + count)) ? undefined : message;

const TWO_DIGITS = digits(2, /^[0-9a-fA-F]{2}$/, "truncated \\xXX escape");
const BYTES_ESCAPES: Escapes = new Map([["x", TWO_DIGITS]]);
const ESCAPES: Escapes = new Map([
  ["x", TWO_DIGITS],
  ["u", digits(4, /^[0-9a-fA-F]{4}$/, "truncated \\uXXXX escape")],
  ["U", digits(8, /^00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}$/, "no character for this \\UXXXXXXXX escape")],
  ["N", nameEscape],
]);

/** No name of a character is as long. */
const MAX_NAME = 256;

function nameEscape(text: string, at: number): string | undefined {
  const name = /^\{([^}]+)\}/.exec(text.slice(at, at + MAX_NAME))?.[1];
  if (name === undefined) return "malformed \\N character escape";
  return hasCharacter(name) ? undefined : `unknown Unicode character name: ${name}`;
}

function faultOfEscapes(text: string, escapes: Escapes): string | undefined {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) !== BACKSLASH) continue;
    const fault = escapes.get(text[++at]!)?.(text, at + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
