import { isPrintable } from "./printable.ts";

/**
 * A string as Python's `repr` writes it: in single quotes, unless it has some and no double quotes; with escapes for
 * what is not printable.
 */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replace(UNSURE, (character) =>
    character === quote ? `\\${quote}` : (ESCAPES.get(character) ?? escapeOther(character)),
  );
  return quote + inner + quote;
}

/** All but the ASCII characters that are always written as they are. */
const UNSURE = /[^\x20\x21\x23-\x26\x28-\x5b\x5d-\x7e]/gu;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

function escapeOther(character: string): string {
  const codePoint = character.codePointAt(0)!;
  if (isPrintable(codePoint)) return character;
  const hex = codePoint.toString(16);
  if (codePoint < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return codePoint < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
