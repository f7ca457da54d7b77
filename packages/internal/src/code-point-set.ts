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
