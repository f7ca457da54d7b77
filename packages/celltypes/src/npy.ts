import { NdArray } from "./array/ndarray.ts";
import { readAs, writeAs } from "./celltypes.ts";
import { serializeArray } from "./codecs/binary.ts";
import type { SizeOptions } from "./errors.ts";
import { readNpy } from "./npy/format.ts";

export type { Descr, DescrField, DescrSubarray } from "./array/dtype.ts";
export type { NumberArray } from "./array/memory.ts";
export type { NdArrayOptions, ViewOptions } from "./array/ndarray.ts";
export { NdArray, type SizeOptions };

/**
 * The array in an `.npy` buffer of version 1.0, 2.0 or 3.0: what NumPy reads, but for Python objects. As
 * `parse(bytes, "binary")`, which also takes the buffer of null, and without what other celltypes need.
 *
 * @param bytes - The whole buffer, and nothing more. The array lies on its memory: the caller owns both.
 * @throws {SeamlessError} `INVALID_BUFFER` with the `offset` of what is wrong; `TOO_LARGE` if the header is over 4 MiB.
 *
 * @example
 * import { NdArray, parseNpy, serializeNpy } from "@seamless/celltypes/npy";
 * const bytes = serializeNpy(new NdArray(new Float32Array([1, 2, 3, 4]), { shape: [2, 2] }));
 * const array = parseNpy(bytes);
 * console.log(array.descr, array.shape, array.typedArray()); // → <f4 [ 2, 2 ] Float32Array(4) [ 1, 2, 3, 4 ]
 */
export function parseNpy(bytes: Uint8Array): NdArray {
  return readAs("binary", readNpy, bytes, {});
}

/**
 * An array as an `.npy` buffer, byte for byte as NumPy 2 writes it. As `serialize(value, "binary")`, without what other
 * celltypes need.
 *
 * @param value - An `NdArray`, a typed array, or scalars and nested lists of them, which become the array that NumPy makes
 * of them. Bytes (`Uint8Array`) are a finished `.npy`: checked, and given back.
 * @param options - `maxBytes`: how long the buffer may be, by default as long as it gets, but for arrays of strings: see
 * `NdArray.from`.
 * @returns bytes that the caller owns.
 * @throws {SeamlessError} `INVALID_VALUE` with the `path` to what has no place in an array; `TOO_LARGE` over the limit, or
 * that of the platform; `INVALID_BUFFER` for bytes that are no `.npy`; `INVALID_ARGUMENT`.
 *
 * @example
 * import { parseNpy, serializeNpy } from "@seamless/celltypes/npy";
 * console.log(parseNpy(serializeNpy([[1, 2], [3, 4]])).descr); // → <i8
 */
export function serializeNpy(value: unknown, options: SizeOptions = {}): Uint8Array {
  return writeAs("binary", serializeArray, value, options);
}
