import { describe } from "@seamless/internal/text";
import { type ToError, tooLargeError } from "../errors.ts";

/** Axes that NumPy 2 allows. */
export const MAX_AXES = 64;

/**
 * A frozen copy of what must be a shape.
 *
 * @throws what `toError` makes, if it is not a list of at most 64 lengths.
 */
export function checkAxes(shape: unknown, toError: ToError): readonly number[] {
  if (!Array.isArray(shape)) throw toError(`a shape is a list of lengths, not ${describe(shape)}`);
  if (shape.length > MAX_AXES) throw toError(`an array has at most ${MAX_AXES} axes, not ${shape.length}`);
  for (const length of shape) {
    // -0 would be written as such.
    if (!Number.isSafeInteger(length) || length < 0 || Object.is(length, -0)) {
      throw toError(`the length of an axis is a whole number from 0 up, not ${describe(length)}`);
    }
  }
  return Object.freeze([...shape]) as readonly number[];
}

/**
 * The bytes that an array of this shape has.
 *
 * @throws what `toError` makes where that, or it without the axes of length 0, is beyond what a number counts exactly.
 * NumPy too refuses such arrays, empty ones included.
 */
export function byteLengthOf(shape: readonly number[], itemsize: number, toError: ToError): number {
  const lengths = shape.filter((length) => length !== 0);
  if (product(lengths) * Math.max(itemsize, 1) > Number.MAX_SAFE_INTEGER) {
    throw toError(`an array of shape (${shape.join(", ")}) is absurdly large`);
  }
  return lengths.length < shape.length ? 0 : product(shape) * itemsize;
}

/** Number of elements; of no axes, one. Not exact beyond 2^53. */
export function product(shape: readonly number[]): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/**
 * Is an array in Fortran order to NumPy: its memory Fortran- and not C-contiguous? Where fewer than two axes are longer
 * than 1, or there are no bytes at all, both orders are the same.
 */
export function isReallyFortran(shape: readonly number[], itemsize: number): boolean {
  return itemsize > 0 && shape.filter((length) => length > 1).length > 1 && !shape.includes(0);
}

/** Distance from one index to the next, in elements, for each axis. */
export function strides(shape: readonly number[], fortranOrder: boolean): number[] {
  const steps = new Array<number>(shape.length);
  let step = 1;
  for (let i = 0; i < shape.length; i++) {
    const axis = fortranOrder ? i : shape.length - 1 - i;
    steps[axis] = step;
    step *= shape[axis]!;
  }
  return steps;
}

/**
 * Fresh memory, all zeros.
 *
 * @throws {SeamlessError} `TOO_LARGE` if the platform has no typed array of that length.
 */
export function allocate(byteLength: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(byteLength);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw tooLargeError(
      `cannot allocate ${byteLength} bytes`,
      "that of the platform's typed arrays (4 GiB in Node 20)",
    );
  }
}

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
