import { asBytes, type BytesLike, describe, SeamlessError } from "@seamless/checksum";
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

/** An array whose parts have been checked. */
export interface ArrayParts {
  /** Exactly the bytes that dtype and shape ask for. */
  readonly memory: Uint8Array;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly fortranOrder?: boolean;
  /** Is the memory that of a `Buffer` or a cache, and never to be given out for writing? */
  readonly shared?: boolean;
}

/**
 * The parts of an array that a caller describes.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if they do not fit together.
 */
export function checkParts(data: unknown, options: NdArrayOptions): ArrayParts {
  const typed = typedArrayDescr(data);
  const memory = takeMemory(data, typed);
  const dtype = parseDescr(options.descr ?? typed ?? "|u1", invalidArgument);
  if (typed !== undefined && typed !== "|u1" && descrOf(dtype) !== typed) {
    throw invalidArgument(`${describe(data)} has elements of type ${typed}; pass bytes to read them as another`);
  }
  const { fortranOrder = false } = options;
  if (typeof fortranOrder !== "boolean") throw invalidArgument("fortranOrder must be a boolean");
  const shape = checkAxes(options.shape ?? [countElements(memory, dtype)], invalidArgument);
  const byteLength = byteLengthOf(shape, dtype.itemsize, invalidArgument);
  if (byteLength !== memory.byteLength) {
    throw invalidArgument(
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
  throw invalidArgument(`${byteLength} bytes are no whole number of elements of ${itemsize} bytes`);
}

export function invalidArgument(message: string): SeamlessError {
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

const CLASSES: ReadonlyMap<string, NumberArrayClass> = new Map<string, NumberArrayClass>([
  ["int1", Int8Array],
  ["uint1", Uint8Array],
  ["int2", Int16Array],
  ["uint2", Uint16Array],
  ["int4", Int32Array],
  ["uint4", Uint32Array],
  ["int8", BigInt64Array],
  ["uint8", BigUint64Array],
  ["float4", Float32Array],
  ["float8", Float64Array],
]);

/** By their tag, so that those of another realm are recognised too. Every platform of JavaScript is little-endian. */
const DESCRS: ReadonlyMap<string, string> = new Map([
  ["Int8Array", "|i1"],
  ["Uint8Array", "|u1"],
  ["Uint8ClampedArray", "|u1"],
  ["Int16Array", "<i2"],
  ["Uint16Array", "<u2"],
  ["Int32Array", "<i4"],
  ["Uint32Array", "<u4"],
  ["BigInt64Array", "<i8"],
  ["BigUint64Array", "<u8"],
  ["Float16Array", "<f2"],
  ["Float32Array", "<f4"],
  ["Float64Array", "<f8"],
]);

/** NumPy's descr of a typed array's elements; `undefined` of anything else. */
export function typedArrayDescr(value: unknown): string | undefined {
  return ArrayBuffer.isView(value) ? DESCRS.get(Object.prototype.toString.call(value).slice(8, -1)) : undefined;
}

/** The class of typed arrays for these elements, if there is one. */
export function numberArrayClass({ kind, itemsize }: Dtype): NumberArrayClass | undefined {
  return CLASSES.get(`${kind}${itemsize}`);
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
export interface CLayout {
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
