import { tooLarge } from "../errors.ts";
import { product, strides } from "./shape.ts";

/** Reads the element that starts at a byte. */
export type ElementReader = (at: number) => unknown;

// V8 ends the process, rather than throw, when a growing array passes some 112 million elements.
const MAX_LIST = 2 ** 26;

// A longer list, if asked for at once, is a hash table to V8.
const MAX_ROOM = 2 ** 24;

// An array without bytes may announce any number of empty lists and elements, and so may each field of a struct. What
// these cost is bounded by this, and by the bytes that are there.
const FREE_NODES = 2 ** 20;

/** Builds nested lists, as long as they are in proportion to the memory that they come from. */
export class ListBuilder {
  #nodes: number;

  /**
   * @param byteLength - Of the memory that is read.
   * @param free - What may be built without any bytes.
   */
  constructor(byteLength: number, free: number = FREE_NODES) {
    this.#nodes = free + 2 * byteLength;
  }

  /**
   * Nested lists of the elements of an array; of no axes, the one element.
   *
   * @param start - Where in the memory it begins, in bytes.
   * @throws {SeamlessError} `TOO_LARGE` if a list would be too long for a JavaScript array, or all of them together
   * out of proportion.
   */
  build(read: ElementReader, itemsize: number, shape: readonly number[], fortranOrder: boolean, start = 0): unknown {
    const steps = strides(shape, fortranOrder).map((step) => step * itemsize);
    const empty = itemsize * product(shape) === 0;
    const level = (axis: number, at: number): unknown => {
      if (axis === shape.length) return read(at);
      const length = shape[axis]!;
      if (length > MAX_LIST) throw tooLarge(`a list of ${length} elements; use typedArray()`, `${MAX_LIST}`);
      if (empty) this.spend(length + 1);
      const step = steps[axis]!;
      const list = length > MAX_ROOM ? [] : new Array<unknown>(length);
      if (axis === shape.length - 1) for (let i = 0; i < length; i++) list[i] = read(at + i * step);
      else for (let i = 0; i < length; i++) list[i] = level(axis + 1, at + i * step);
      return list;
    };
    return level(0, start);
  }

  /**
   * Account for parts that have no bytes.
   *
   * @throws {SeamlessError} `TOO_LARGE` if there were too many of them.
   */
  spend(nodes: number): void {
    this.#nodes -= nodes;
    if (this.#nodes < 0) throw tooLarge("too many parts of the array have no bytes", `${FREE_NODES} and two per byte`);
  }
}
