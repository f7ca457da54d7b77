import { tooLarge } from "../errors.ts";
import type { Dtype } from "./dtype.ts";
import { strides } from "./shape.ts";

/** Reads the element that starts at a byte. */
export type ElementReader = (at: number) => unknown;

// V8 ends the process, rather than throw, when a growing array passes some 112 million elements.
const MAX_LIST = 2 ** 26;

// A longer list, if asked for at once, is a hash table to V8.
const MAX_ROOM = 2 ** 24;

/** What a list, record, string or bytes takes besides what is in it, and each item of the first two, in bytes. */
const OBJECT = 16;
const ITEM = 8;

/** What a view of bytes takes, which is an object of several. */
const VIEW = 192;

/** The longest date that NumPy shows. */
const DATE = 32;

/**
 * What the nested lists of an array take, in bytes: 8 for each item of a list and each field of a record, 16 for each
 * list, record and string, 192 for each view of bytes, and what is in the last two. Engines take a small multiple of that.
 * Counted without building any: a few bytes of header announce any number of lists, and of elements without bytes.
 */
export function sizeOfLists(dtype: Dtype, shape: readonly number[]): number {
  return sizeOfNested(shape, sizeOfElement(dtype));
}

function sizeOfNested(shape: readonly number[], element: number): number {
  let lists = 1;
  let size = 0;
  for (const length of shape) {
    size += lists * (OBJECT + length * ITEM);
    lists *= length;
  }
  return lists === 0 ? size : size + lists * element;
}

/** What an element takes besides its place in a list. */
export function sizeOfElement(dtype: Dtype): number {
  switch (dtype.kind) {
    case "struct":
      return dtype.fields.reduce((size, field) => size + ITEM + sizeOfElement(field.dtype), OBJECT);
    case "subarray":
      return sizeOfLists(dtype.base, dtype.shape);
    case "complex":
      return OBJECT + 2 * ITEM;
    case "bytes":
    case "string":
      return OBJECT + dtype.itemsize;
    case "void":
      return VIEW + dtype.itemsize;
    case "datetime":
    case "timedelta":
      return OBJECT + DATE;
    default:
      return 0;
  }
}

/**
 * Nested lists of the elements of an array; of no axes, the one element.
 *
 * @param start - Where in the memory it begins, in bytes.
 * @throws {SeamlessError} `TOO_LARGE` if a list would be too long for a JavaScript array.
 */
export function toLists(
  read: ElementReader,
  itemsize: number,
  shape: readonly number[],
  fortranOrder: boolean,
  start = 0,
): unknown {
  const steps = strides(shape, fortranOrder).map((step) => step * itemsize);
  const level = (axis: number, at: number): unknown => {
    if (axis === shape.length) return read(at);
    const length = shape[axis]!;
    if (length > MAX_LIST) throw tooLarge(`a list of ${length} elements; use typedArray()`, `${MAX_LIST}`);
    const step = steps[axis]!;
    const list = length > MAX_ROOM ? [] : new Array<unknown>(length);
    if (axis === shape.length - 1) for (let i = 0; i < length; i++) list[i] = read(at + i * step);
    else for (let i = 0; i < length; i++) list[i] = level(axis + 1, at + i * step);
    return list;
  };
  return level(0, start);
}
