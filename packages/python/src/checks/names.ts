import { newerCharacter } from "./unicode.ts";

/** Names that a syntax tree cannot have; in plain letters they are keywords. */
const CONSTANTS: ReadonlySet<string> = new Set(["None", "True", "False"]);

/** What CPython has against a name in other letters than those of ASCII. */
export function nameFault(name: string): string | undefined {
  if (/^[\0-\x7f]*$/.test(name)) return undefined;
  const character = newerCharacter.exec(name)?.[0];
  if (character !== undefined) {
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    return `invalid character U+${code} in an identifier: it is newer than Unicode 15.1`;
  }
  // CPython compares names in this form, and says so.
  const plain = name.normalize("NFKC");
  return CONSTANTS.has(plain) ? `an identifier cannot be the constant ${plain} in other letters` : undefined;
}
