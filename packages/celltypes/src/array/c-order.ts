import { allocate, product, strides } from "./shape.ts";

type Words = Uint8Array | Uint16Array | Uint32Array;

// Rows of one block and of the next lie far apart in memory; a block of this side fits the nearest cache.
const SIDE = 32;

/**
 * Fresh memory with the elements in C order.
 *
 * @param memory - Elements in Fortran order; must have all that the shape says.
 * @param shape - At least two axes.
 */
export function toCOrder(memory: Uint8Array, shape: readonly number[], itemsize: number): Uint8Array {
  const out = allocate(memory.byteLength);
  // Whole words are copied, and words that are no floats: those would not keep the bits of every NaN.
  const size = itemsize % 4 === 0 ? 4 : itemsize % 2 === 0 ? 2 : 1;
  const aligned = memory.byteOffset % size === 0 ? memory : new Uint8Array(memory);
  transpose(wordsOf(aligned, size), wordsOf(out, size), shape, itemsize / size);
  return out;
}

function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array, size: 1 | 2 | 4): Words {
  if (size === 4) return new Uint32Array(buffer, byteOffset, byteLength / 4);
  return size === 2
    ? new Uint16Array(buffer, byteOffset, byteLength / 2)
    : new Uint8Array(buffer, byteOffset, byteLength);
}

/** Neighbours lie along the first axis in Fortran order and along the last in C order: those two are blocked. */
function transpose(from: Words, to: Words, shape: readonly number[], words: number): void {
  const last = shape.length - 1;
  const inFortran = strides(shape, true).map((step) => step * words);
  const inC = strides(shape, false).map((step) => step * words);
  const middle = shape.slice(1, -1);
  const index = middle.map(() => 0);
  let read = 0;
  let write = 0;
  for (let rest = product(middle); rest > 0; rest--) {
    plane(from, to, read, write, shape[0]!, shape[last]!, inFortran[last]!, inC[0]!, words);
    // The next index of the axes between, like an odometer.
    for (let axis = middle.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      read += inFortran[axis + 1]!;
      write += inC[axis + 1]!;
      if (index[axis]! < middle[axis]!) break;
      read -= inFortran[axis + 1]! * middle[axis]!;
      write -= inC[axis + 1]! * middle[axis]!;
      index[axis] = 0;
    }
  }
}

function plane(
  from: Words,
  to: Words,
  read: number,
  write: number,
  rows: number,
  columns: number,
  readStep: number,
  writeStep: number,
  words: number,
): void {
  for (let row = 0; row < rows; row += SIDE) {
    const rowEnd = Math.min(row + SIDE, rows);
    for (let column = 0; column < columns; column += SIDE) {
      const count = Math.min(SIDE, columns - column);
      for (let r = row; r < rowEnd; r++) {
        let source = read + r * words + column * readStep;
        let target = write + r * writeStep + column * words;
        for (let c = 0; c < count; c++) {
          for (let word = 0; word < words; word++) to[target++] = from[source + word]!;
          source += readStep;
        }
      }
    }
  }
}
