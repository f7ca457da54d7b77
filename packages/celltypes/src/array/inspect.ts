import type { Descr } from "./descr.ts";
import type { Dtype } from "./dtype.ts";
import { elementReader } from "./element.ts";
import { product, strides } from "./shape.ts";
import { sizeOfElement } from "./to-lists.ts";

const SHOWN = 6;

// Decoding a long element costs in proportion to it, and little of it would be shown.
const MAX_ITEMSIZE = 256;
const MAX_ELEMENT = 2 ** 14;

/** What an array looks like to be printed. */
interface Printable {
  readonly descr: Descr;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
}

/**
 * One line for the console: type, shape and the first elements, in C order: `NdArray <f8 (2, 3) [1, 2, 3, …]`. Short
 * whatever the array holds.
 */
export function showArray(array: Printable, dtype: Dtype, memory: Uint8Array): string {
  const { descr, shape, fortranOrder } = array;
  const type = shorten(typeof descr === "string" ? descr : JSON.stringify(descr), 80);
  const axes = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})${fortranOrder ? " in Fortran order" : ""}`;
  return `NdArray ${type} ${axes} ${showElements(array, dtype, memory)}`;
}

function showElements({ shape, fortranOrder }: Printable, dtype: Dtype, memory: Uint8Array): string {
  const size = product(shape);
  if (size === 0) return "[]";
  if (dtype.itemsize === 0 || dtype.itemsize > MAX_ITEMSIZE || sizeOfElement(dtype) > MAX_ELEMENT) return "[…]";
  const read = elementReader(dtype, memory);
  const shown = firstOffsets(shape, fortranOrder, Math.min(size, SHOWN)).map((at) => {
    const element = readable(read, at * dtype.itemsize);
    return shorten(showElement(element), 40);
  });
  return shape.length === 0 ? shown.join() : `[${shown.join(", ")}${size > SHOWN ? ", …" : ""}]`;
}

/** Printing must not fail because of what an array holds: what cannot be decoded is shown as `?`. */
function readable(read: (at: number) => unknown, at: number): unknown {
  try {
    return read(at);
  } catch {
    return "?";
  }
}

/** Where the first elements in C order lie, in elements. */
function firstOffsets(shape: readonly number[], fortranOrder: boolean, count: number): number[] {
  const steps = strides(shape, fortranOrder);
  return Array.from({ length: count }, (_, place) => {
    let offset = 0;
    let rest = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      offset += (rest % shape[axis]!) * steps[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return offset;
  });
}

function showElement(element: unknown): string {
  if (typeof element === "bigint") return `${element}n`;
  if (typeof element === "number" || typeof element === "boolean")
    return Object.is(element, -0) ? "-0" : String(element);
  if (element instanceof Uint8Array) return `<${element.length} bytes>`;
  return JSON.stringify(element, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part));
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
