import { NdArray, serialize } from "@seamless/celltypes";

/** Is it an array of NumPy's `S`, bytes of a fixed width? */
export function isByteArray(array: NdArray): boolean {
  return typeof array.descr === "string" && array.descr.startsWith("|S");
}

/** The bytes of all elements, padding included, in memory of their own. */
export function bytesOf(array: NdArray): Uint8Array {
  return array.bytes().slice();
}

/** The `.npy` of a zero-dimensional `S` array; NumPy has none of width 0, so no bytes are an array of no elements. */
export function writeByteArray(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const array = length === 0 ? { descr: "|S1", shape: [0] } : { descr: `|S${length}`, shape: [] };
  return serialize(new NdArray(bytes, array), "binary");
}
