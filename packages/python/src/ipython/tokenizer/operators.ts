import { EQUALS } from "../text/chars.ts";

const PAIRS = "!= %= &= ** *= += -= -> // /= := << <= <> == >= >> @= ^= |=".split(" ");
// These go on with a third character, `=`.
const WITH_EQUALS = new Set(["**", "//", "<<", ">>"]);

// By the codes of both characters: 0 no operator, 1 one of two characters, 2 one that `=` may follow.
const TABLE = new Uint8Array(128 * 128);
for (const pair of PAIRS) TABLE[pair.charCodeAt(0) * 128 + pair.charCodeAt(1)] = WITH_EQUALS.has(pair) ? 2 : 1;

/** Length of the operator at an index: the longest that Python has, or 1 for any other character. */
export function operatorLength(text: string, at: number): number {
  const second = text.charCodeAt(at + 1);
  const kind = second < 128 ? TABLE[text.charCodeAt(at) * 128 + second] : 0;
  if (!kind) return 1;
  return kind === 2 && text.charCodeAt(at + 2) === EQUALS ? 3 : 2;
}
