import { type BytesLike, SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import { asBytes } from "../errors.ts";
import { type Descr, type Dtype, descrOf, parseDescr, type StructDtype } from "./dtype.ts";
import { byteLengthOf, checkAxes } from "./shape.ts";

/** How the memory that an array is made of is to be taken. */
export interface NdArrayOptions {
  /**
   * NumPy's notation of the elements: `"<f8"`, `"|S5"`, `[["x", "<f4"], ["y", "<f4", [3]]]`.
   *
   * @default that of the typed array; `"|u1"` for bytes
   */
  readonly descr?: Descr;
  /**
   * Length of each axis; none at all for a single element.
   *
   * @default one axis, of as many elements as there are
   */
  readonly shape?: readonly number[];
  /**
   * Is the first index the one that changes fastest in memory?
   *
   * @default false
   */
  readonly fortranOrder?: boolean;
}

/**
 * Does memory belong to a `Buffer` or a cache too, so that nobody else may write to it? A function is called once somebody
 * can, who has asked for that.
 */
export type Shared = boolean | (() => void);

/** An array whose parts have been checked. */
export interface ArrayParts {
  /** Exactly the bytes that dtype and shape ask for. */
  readonly memory: Uint8Array;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly fortranOrder?: boolean;
  /** Is the memory that of a `Buffer` or a cache, and never to be given out for writing? */
  readonly shared?: Shared;
}

/**
 * The parts of an array that a caller describes.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if they do not fit together.
 */
export function checkParts(data: unknown, options: NdArrayOptions): ArrayParts {
  const typed = typedArrayDescr(data);
  const memory = takeMemory(data, typed);
  const dtype = parseDescr(options.descr ?? typed ?? "|u1", invalidArgumentError);
  if (typed !== undefined && typed !== "|u1" && descrOf(dtype) !== typed) {
    throw invalidArgumentError(`${describe(data)} has elements of type ${typed}; pass bytes to read them as another`);
  }
  const { fortranOrder = false } = options;
  if (typeof fortranOrder !== "boolean") throw invalidArgumentError("fortranOrder must be a boolean");
  const shape = checkAxes(options.shape ?? [countElements(memory, dtype)], invalidArgumentError);
  const byteLength = byteLengthOf(shape, dtype.itemsize, invalidArgumentError);
  if (byteLength !== memory.byteLength) {
    throw invalidArgumentError(
      `an array of shape (${shape.join(", ")}) with elements of ${dtype.itemsize} bytes has ${byteLength} bytes, got ${memory.byteLength}`,
    );
  }
  return { memory, dtype, shape, fortranOrder };
}

/** A plain `Uint8Array` in any case, never Node's `Buffer`, since it is what `bytes()` gives out. */
function takeMemory(data: unknown, typed: string | undefined): Uint8Array {
  const view = typed === undefined ? asBytes(data as BytesLike) : (data as ArrayBufferView);
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function countElements({ byteLength }: Uint8Array, { itemsize }: Dtype): number {
  if (itemsize > 0 && byteLength % itemsize === 0) return byteLength / itemsize;
  throw invalidArgumentError(`${byteLength} bytes are not a whole number of elements of ${itemsize} bytes`);
}

export function invalidArgumentError(message: string): SeamlessError {
  return new SeamlessError("INVALID_ARGUMENT", message);
}

/** Typed arrays that an array of numbers can be seen as. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

interface NumberArrayClass {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): NumberArray;
}

/** NumPy's notation of the elements of each; every platform of JavaScript is little-endian. */
const NUMBER_ARRAYS: ReadonlyMap<string, NumberArrayClass> = new Map<string, NumberArrayClass>([
  ["|i1", Int8Array],
  ["|u1", Uint8Array],
  ["<i2", Int16Array],
  ["<u2", Uint16Array],
  ["<i4", Int32Array],
  ["<u4", Uint32Array],
  ["<i8", BigInt64Array],
  ["<u8", BigUint64Array],
  ["<f4", Float32Array],
  ["<f8", Float64Array],
]);

/** Others, by their tag. */
const MORE_ARRAYS: ReadonlyMap<string, string> = new Map([
  ["Uint8ClampedArray", "|u1"],
  ["Float16Array", "<f2"],
]);

/** NumPy's descr of a typed array's elements; `undefined` of anything else. */
export function typedArrayDescr(value: unknown): string | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  // By its tag, so that those of another realm are recognised too.
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  for (const [descr, { name }] of NUMBER_ARRAYS) if (name === tag) return descr;
  return MORE_ARRAYS.get(tag);
}

/** The class of typed arrays for these elements, if there is one. */
export function numberArrayClass(dtype: Dtype): NumberArrayClass | undefined {
  const descr = descrOf(dtype);
  return typeof descr === "string" ? NUMBER_ARRAYS.get(descr.replace(">", "<")) : undefined;
}

/** Little-endian bytes as numbers: a view, or a copy where they begin at an address that no such array can. */
export function viewAs(numbers: NumberArrayClass, bytes: Uint8Array): NumberArray {
  const itemsize = numbers.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % itemsize === 0 ? bytes : new Uint8Array(bytes);
  return new numbers(aligned.buffer, aligned.byteOffset, bytes.byteLength / itemsize);
}

/** A copy with the bytes of every element reversed. */
export function swapped(bytes: Uint8Array, itemsize: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  for (let at = 0; at < copy.length; at += itemsize) {
    for (let low = at, high = at + itemsize - 1; low < high; low++, high--) {
      const byte = copy[low]!;
      copy[low] = copy[high]!;
      copy[high] = byte;
    }
  }
  return copy;
}

/** Where C puts the members of a struct, and how large it makes the whole: what NumPy does with `align=True`. */
interface CLayout {
  readonly offsets: readonly number[];
  readonly itemsize: number;
}

/** Each member at a multiple of its alignment; the whole a multiple of the largest. */
export function cLayout(members: readonly Dtype[]): CLayout {
  let end = 0;
  const offsets = members.map((dtype) => {
    const offset = roundUp(end, alignmentOf(dtype));
    end = offset + dtype.itemsize;
    return offset;
  });
  return { offsets, itemsize: roundUp(end, largestAlignment(members)) };
}

/** Of structs that have been asked for: each level of nesting asks for all below it. */
const known = new WeakMap<StructDtype, number>();

function alignmentOfStruct(dtype: StructDtype): number {
  const alignment = known.get(dtype) ?? largestAlignment(dtype.fields.map((field) => field.dtype));
  known.set(dtype, alignment);
  return alignment;
}

/** Numbers are aligned to their size, strings to nothing. */
function alignmentOf(dtype: Dtype): number {
  switch (dtype.kind) {
    case "struct":
      return alignmentOfStruct(dtype);
    case "subarray":
      return alignmentOf(dtype.base);
    case "bytes":
    case "void":
      return 1;
    case "string":
      return 4;
    case "complex":
      return dtype.itemsize / 2;
    default:
      return dtype.itemsize;
  }
}

function largestAlignment(members: readonly Dtype[]): number {
  return members.reduce((largest, dtype) => Math.max(largest, alignmentOf(dtype)), 1);
}

function roundUp(size: number, multiple: number): number {
  return Math.ceil(size / multiple) * multiple;
}
