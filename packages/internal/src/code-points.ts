/**
 * Compare two strings by code point, as Python and UTF-8 bytes do. JavaScript's `<` compares UTF-16 units, which puts
 * astral characters (surrogate pairs, from 0xD800) before U+E000–U+FFFF.
 *
 * @returns a negative number, 0 or a positive number.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    return x < 0xd800 || y < 0xd800 ? x - y : rank(a, i) - rank(b, i);
  }
  return a.length - b.length;
}

/** Sort strings by code point, in place. */
export function sortByCodePoint(strings: string[]): string[] {
  // The built-in order, by UTF-16 units, is several times as fast, and differs only from the surrogates up.
  strings.sort();
  return strings.some((text) => /[\ud800-\uffff]/.test(text)) ? strings.sort(compareCodePoints) : strings;
}

/** A unit's place in code-point order: halves of a pair above all else, lone surrogates at their own value. */
function rank(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  const paired = isHigh(unit)
    ? isLow(text.charCodeAt(index + 1))
    : isLow(unit) && index > 0 && isHigh(text.charCodeAt(index - 1));
  return paired ? unit + 0x10000 : unit;
}

const isHigh = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number) => unit >= 0xdc00 && unit < 0xe000;

/** Has the string a surrogate without its partner? Such a string has no UTF-8 form. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

/**
 * A set of code points, given as the lengths of runs: outside, inside, outside, and so on; the rest is outside. Read at the
 * first question.
 *
 * @param runs - Numbers in base 26, one after the other: `a` is 0, and all digits but the last are upper case.
 * @param from - Where the first run begins.
 */
export function codePointSet(runs: string, from: number): (codePoint: number) => boolean {
  let bounds: Uint32Array | undefined;
  return (codePoint) => {
    bounds ??= boundsOf(runs, from);
    // How many bounds are at or below it: an odd number if it is inside.
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (bounds[middle]! <= codePoint) low = middle + 1;
      else high = middle;
    }
    return low % 2 === 1;
  };
}

function boundsOf(runs: string, from: number): Uint32Array {
  let bound = from;
  return Uint32Array.from(runs.match(/[A-Z]*[a-z]/g) ?? [], (run) => {
    let length = 0;
    // The low five bits number the letters of either case from 1.
    for (const letter of run) length = length * 26 + (letter.charCodeAt(0) & 31) - 1;
    bound += length;
    return bound;
  });
}
