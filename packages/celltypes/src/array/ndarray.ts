import { type BytesLike, SeamlessError } from "@seamless/checksum";
import { hasBrand } from "@seamless/internal/brand";
import { shorten } from "@seamless/internal/text";
import { checkMaxBytes, checkSize, defaultMaxBytes, type SizeOptions } from "../errors.ts";
import { INSPECT, NDARRAY } from "../values.ts";
import { type Descr, type Dtype, descrOf, parseDescr } from "./dtype.ts";
import { elementReader, sizeOfElement, sizeOfLists, toLists } from "./elements.ts";
import { arrayFromLists } from "./from-lists.ts";
import {
  type ArrayParts,
  checkParts,
  invalidArgumentError,
  type NdArrayOptions,
  type NumberArray,
  numberArrayClass,
  type Shared,
  swapped,
  typedArrayDescr,
  viewAs,
} from "./memory.ts";
import { isReallyFortran, product, strides, toCOrder } from "./shape.ts";

/** Registered, as the brand is: the memory of an array of another installed copy of this package can be read. */
const MEMORY = Symbol.for("@seamless/ndarray/memory");

/** How to take the elements out of an array. */
export interface ViewOptions {
  /**
   * Take a view even of memory that a `Buffer` or a cache reads too, without the copy that keeps them safe.
   * Writing to it breaks every later reader.
   *
   * @default false
   */
  readonly unsafeShared?: boolean;
}

/** Marks arguments as checked; not exported, so that only this module can. */
class Checked {
  constructor(readonly parts: ArrayParts) {}
}

// Set by the class, the only one to see its private fields.
let readDtype: (array: NdArray) => Dtype;
let readMemory: (array: NdArray) => Uint8Array;

/**
 * An array as NumPy has them: any number of axes, any element type but Python objects, either order of memory. It holds
 * the memory that it is made from, and is otherwise immutable.
 *
 * @example
 * import { NdArray } from "@seamless/celltypes";
 * const array = new NdArray(new Float64Array([1, 2, 3, 4, 5, 6]), { shape: [2, 3] });
 * console.log(array.descr, array.toArray()); // → <f8 [ [ 1, 2, 3 ], [ 4, 5, 6 ] ]
 * console.log(NdArray.from([[1, 2.5]]).descr); // → <f8
 */
export class NdArray {
  /** NumPy's notation of the elements, in NumPy's own spelling. */
  readonly descr: Descr;
  /** Length of each axis. */
  readonly shape: readonly number[];
  /** As NumPy decides it: never true where both orders are the same, as with fewer than two axes longer than 1. */
  readonly fortranOrder: boolean;
  /** Number of elements. */
  readonly size: number;
  /** Bytes of one element. */
  readonly itemsize: number;
  readonly #dtype: Dtype;
  readonly #byteLength: number;
  #memory: Uint8Array;
  #shared: Shared;

  /**
   * @param data - A typed array, or bytes in the order of memory; not copied.
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is neither, or does not have the bytes that descr and shape say.
   */
  constructor(data: BytesLike | ArrayBufferView, options: NdArrayOptions = {}) {
    const parts = (data as unknown) instanceof Checked ? (data as unknown as Checked).parts : checkParts(data, options);
    this.#dtype = parts.dtype;
    this.#memory = parts.memory;
    this.#byteLength = parts.memory.byteLength;
    this.#shared = parts.shared ?? false;
    this.descr = descrOf(parts.dtype);
    this.shape = Object.freeze([...parts.shape]);
    this.fortranOrder = (parts.fortranOrder ?? false) && isReallyFortran(parts.shape, parts.dtype.itemsize);
    this.size = product(parts.shape);
    this.itemsize = parts.dtype.itemsize;
    Object.freeze(this);
  }

  /** Is it an array, of this or another installed copy of the package? */
  static isNdArray(value: unknown): value is NdArray {
    return hasBrand(value, NDARRAY);
  }

  /**
   * The array that `np.array` makes of a value: a number, boolean or string, nested lists of them, or a typed array,
   * which is not copied. Numbers that are safe integers are integers, others floats; mixed types become one.
   *
   * @param options - `maxBytes`: how large an array of strings may be, all of which are as wide as the longest; by default
   * 64 times 8 bytes for each and one for each character, plus 1 MiB.
   * @throws {SeamlessError} `INVALID_VALUE` for lists of unequal lengths, integers over 64 bits, more than 64 axes, and
   * whatever else has no place in an array; `TOO_LARGE` over the limit, or if it is too large for the platform;
   * `INVALID_ARGUMENT`.
   */
  static from(value: unknown, { maxBytes }: SizeOptions = {}): NdArray {
    if (NdArray.isNdArray(value)) return value;
    if (typedArrayDescr(value) !== undefined) return new NdArray(value as ArrayBufferView);
    return makeArray(arrayFromLists(value, checkMaxBytes(maxBytes)));
  }

  /**
   * The elements' bytes, in C order. A view where the memory is in that order, so that writing to it writes to the
   * array; but never of memory that others read: that is copied first, once.
   */
  bytes(options: ViewOptions = {}): Uint8Array {
    if (this.fortranOrder) return toCOrder(this.#read(), this.shape, this.itemsize);
    return this.#give(options);
  }

  /**
   * The numbers in C order, as a typed array of their type. A view as with `bytes`; a copy also where they are
   * big-endian, or begin at an address that no typed array can.
   *
   * @returns `undefined` unless they are integers, or floats of 4 or 8 bytes.
   */
  typedArray(options: ViewOptions = {}): NumberArray | undefined {
    const numbers = numberArrayClass(this.#dtype);
    if (numbers === undefined) return undefined;
    const bytes = this.#dtype.littleEndian ? this.bytes(options) : swapped(readInCOrder(this), this.itemsize);
    return viewAs(numbers, bytes);
  }

  /**
   * Nested lists; of no axes, the one element. Booleans, numbers (bigints beyond the safe range), complex numbers as
   * pairs, structs as objects, `U` as strings, `S` as strings too (UTF-8, or Latin-1 where it is not valid UTF-8),
   * `datetime64` as NumPy prints it, `timedelta64` as numbers of its unit, `V` as bytes.
   *
   * How much they take is counted before any is made: 8 bytes for each item of a list and field of an object, 16 for
   * each list, object and string, 192 for each `Uint8Array`, and what is in the last two.
   *
   * @param options - `maxBytes`: what they may take; by default 64 times the array's own bytes, plus 1 MiB.
   * @throws {SeamlessError} `TOO_LARGE` if they would take more, or an axis is too long for a JavaScript array;
   * `UNSUPPORTED` for long doubles (`f16`, `c32`), whose format is that of the machine that wrote them; `INVALID_VALUE` if
   * a `U` string holds what is not a character; `INVALID_ARGUMENT`.
   */
  toArray({ maxBytes }: SizeOptions = {}): unknown {
    const memory = this.#read();
    const limit = checkMaxBytes(maxBytes) ?? defaultMaxBytes(memory.byteLength);
    checkSize(sizeOfLists(this.#dtype, this.shape), limit, "nested lists");
    return toLists(elementReader(this.#dtype, memory), this.itemsize, this.shape, this.fortranOrder);
  }

  get [Symbol.toStringTag](): string {
    return "NdArray";
  }

  get [NDARRAY](): true {
    return true;
  }

  /** The memory, for the writers of other installed copies of this package: a copy, if it is not the array's alone. */
  get [MEMORY](): Uint8Array {
    return this.#shared === false ? this.#read() : new Uint8Array(this.#read());
  }

  [INSPECT](): string {
    return showArray(this, this.#dtype, this.#read());
  }

  /** What typed arrays do when their memory is transferred away is to turn empty. */
  #read(): Uint8Array {
    if (this.#memory.byteLength === this.#byteLength) return this.#memory;
    throw new SeamlessError("INVALID_STATE", "the memory of the array has been transferred or resized");
  }

  #give({ unsafeShared = false }: ViewOptions): Uint8Array {
    const memory = this.#read();
    if (unsafeShared && typeof this.#shared === "function") this.#shared();
    if (this.#shared === false || unsafeShared) return memory;
    this.#shared = false;
    this.#memory = new Uint8Array(memory);
    return this.#memory;
  }

  static {
    readDtype = (array: NdArray | Pick<NdArray, "descr">) =>
      #dtype in array ? array.#dtype : parseDescr(array.descr, invalidArgumentError);
    readMemory = (array: NdArray | { readonly [MEMORY]: Uint8Array }) =>
      #memory in array ? array.#read() : array[MEMORY];
  }
}

/** The elements' dtype as a tree, also of an array of another installed copy. */
export function dtypeOf(array: NdArray): Dtype {
  return readDtype(array);
}

/** An array of parts that have been checked; for readers, which have done so. */
export function makeArray(parts: ArrayParts): NdArray {
  return new NdArray(new Checked(parts) as never);
}

/** An array on the same memory that never gives it out for writing. */
export function shareArray(array: NdArray): NdArray {
  const { shape, fortranOrder } = array;
  return makeArray({ memory: memoryOf(array), dtype: dtypeOf(array), shape, fortranOrder, shared: true });
}

/** The elements in the order of memory, to be read only: never to leave the package. */
export function memoryOf(array: NdArray): Uint8Array {
  return readMemory(array);
}

/** The elements in C order, to be read only: never to leave the package. */
export function readInCOrder(array: NdArray): Uint8Array {
  return array.fortranOrder ? toCOrder(memoryOf(array), array.shape, array.itemsize) : memoryOf(array);
}

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
function showArray(array: Printable, dtype: Dtype, memory: Uint8Array): string {
  const { descr, shape, fortranOrder } = array;
  const type = shorten(typeof descr === "string" ? descr : JSON.stringify(descr));
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
