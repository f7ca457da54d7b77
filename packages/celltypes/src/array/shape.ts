import { describe } from "@seamless/checksum";
import { tooLarge } from "../errors.ts";
import { MAX_AXES } from "./dtype.ts";

/** Makes the error for what is wrong with a descr or shape: it depends on where that came from. */
export type Refuse = (message: string) => Error;

/**
 * A frozen copy of what must be a shape.
 *
 * @throws what `refuse` makes, if it is not a list of at most 64 lengths.
 */
export function checkAxes(shape: unknown, refuse: Refuse): readonly number[] {
  if (!Array.isArray(shape)) throw refuse(`a shape is a list of lengths, not ${describe(shape)}`);
  if (shape.length > MAX_AXES) throw refuse(`an array has at most ${MAX_AXES} axes, not ${shape.length}`);
  for (const length of shape) {
    // -0 would be written as such.
    if (!Number.isSafeInteger(length) || length < 0 || Object.is(length, -0)) {
      throw refuse(`the length of an axis is a whole number from 0 up, not ${describe(length)}`);
    }
  }
  return Object.freeze([...shape]) as readonly number[];
}

/**
 * The bytes that an array of this shape has.
 *
 * @throws what `refuse` makes where that, or it without the axes of length 0, is beyond what a number counts exactly.
 * NumPy too refuses such arrays, empty ones included.
 */
export function byteLengthOf(shape: readonly number[], itemsize: number, refuse: Refuse): number {
  const lengths = shape.filter((length) => length !== 0);
  if (product(lengths) * Math.max(itemsize, 1) > Number.MAX_SAFE_INTEGER) {
    throw refuse(`an array of shape (${shape.join(", ")}) is absurdly large`);
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
    throw tooLarge(`cannot allocate ${byteLength} bytes`, "that of the platform's typed arrays (4 GiB in Node 20)");
  }
}
