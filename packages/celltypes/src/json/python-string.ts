import { pieces } from "./pieces.ts";

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * A string between its quotes as Python's `json.dumps` writes it, in pieces: all but U+0020–U+007E is escaped, unit by
 * unit, so that astral characters become two escapes and lone surrogates one.
 *
 * Source: `ESCAPE_ASCII` and `py_encode_basestring_ascii` in CPython's `json/encoder.py`.
 */
export function* escapePython(text: string): Generator<string, void, undefined> {
  for (const piece of pieces(text)) yield escapePiece(piece);
}

/** A short string in quotes, such as a key. */
export function quotePython(text: string): string {
  let quoted = '"';
  for (const piece of escapePython(text)) quoted += piece;
  return `${quoted}"`;
}

function escapePiece(text: string): string {
  // The two agree on everything below U+007F, and escape each unit by itself.
  const escaped = JSON.stringify(text).slice(1, -1);
  if (!/[\x7f-\uffff]/.test(escaped)) return escaped;
  let out = "";
  let start = 0;
  for (let i = 0; i < escaped.length; i++) {
    const unit = escaped.charCodeAt(i);
    if (unit < 0x7f) continue;
    out += `${escaped.slice(start, i)}\\u${HEX[unit >> 8]}${HEX[unit & 0xff]}`;
    start = i + 1;
  }
  return out + escaped.slice(start);
}
