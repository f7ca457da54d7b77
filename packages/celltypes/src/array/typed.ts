import type { Dtype } from "./dtype.ts";

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
