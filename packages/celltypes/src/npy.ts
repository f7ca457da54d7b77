import type { BytesLike } from "@seamless/checksum";
import { type Descr, descrOf } from "./array/dtype.ts";
import { checkParts, type NdArrayOptions, type NumberArray, numberArrayClass, viewAs } from "./array/memory.ts";
import { asBytes } from "./errors.ts";
import { chunksOf, readParts, writeParts } from "./npy/format.ts";

export type { Descr, DescrField, DescrSubarray } from "./array/dtype.ts";
export type { NdArrayOptions, NumberArray } from "./array/memory.ts";

/** What an `.npy` holds. `const { data, ...options } = array; new NdArray(data, options)` makes an `NdArray` of it. */
export interface NpyArray {
  /**
   * The elements in the order of memory: a typed array if they are little-endian integers, or floats of 4 or 8 bytes; else
   * their bytes.
   */
  readonly data: NumberArray | Uint8Array;
  /** NumPy's notation of the elements: `"<f8"`, `">i4"`, `"|b1"`, `"<U3"`, `[["x", "<f4"], ["y", "<f4"]]`. */
  readonly descr: Descr;
  /** Length of each axis; none at all for a single element. */
  readonly shape: readonly number[];
  /** Is the first index the one that changes fastest in memory? */
  readonly fortranOrder: boolean;
}

/**
 * What is in an `.npy` buffer of version 1.0, 2.0 or 3.0: all that NumPy reads, but for Python objects. Without the methods
 * of an `NdArray`, and without what reads other celltypes.
 *
 * @param bytes - The whole buffer, and nothing more. The elements lie on its memory, unless they begin at an address that
 * their typed array cannot: the caller owns both.
 * @throws {SeamlessError} `INVALID_BUFFER` with the `offset` of what is wrong; `TOO_LARGE` if the header is over 4 MiB.
 *
 * @example
 * import { parseNpy, serializeNpy } from "@seamless/celltypes/npy";
 * const bytes = serializeNpy(new Float32Array([1, 2, 3, 4]), { shape: [2, 2] });
 * const { data, descr, shape } = parseNpy(bytes);
 * console.log(descr, shape, data); // → <f4 [ 2, 2 ] Float32Array(4) [ 1, 2, 3, 4 ]
 */
export function parseNpy(bytes: BytesLike): NpyArray {
  const { memory, dtype, shape, fortranOrder = false } = readParts(asBytes(bytes));
  const numbers = dtype.littleEndian ? numberArrayClass(dtype) : undefined;
  const data = numbers === undefined ? memory : viewAs(numbers, memory);
  return { data, descr: descrOf(dtype), shape, fortranOrder };
}

/**
 * An `.npy` buffer, byte for byte as NumPy 2 writes it.
 *
 * @param data - A typed array, or bytes in the order of memory.
 * @param options - As of an `NdArray`: `descr`, by default that of the typed array, `shape` and `fortranOrder`.
 * @returns fresh bytes.
 * @throws {SeamlessError} `INVALID_ARGUMENT` if data, descr and shape do not fit together; `TOO_LARGE` if the platform has
 * no typed array of that length.
 *
 * @example
 * import { serializeNpy } from "@seamless/celltypes/npy";
 * console.log(serializeNpy(new Float64Array(6), { shape: [2, 3], fortranOrder: true }).length); // → 176
 */
export function serializeNpy(data: BytesLike | ArrayBufferView, options: NdArrayOptions = {}): Uint8Array {
  return writeParts(checkParts(data, options));
}

/**
 * The bytes of `serializeNpy` as two chunks, without a copy: for hashing, sending and storing arrays of any length.
 *
 * @param data - A typed array, or bytes in the order of memory.
 * @param options - As of `serializeNpy`.
 * @returns the header, and a view of the elements: what is changed there before the chunks are used is changed in them.
 * @throws {SeamlessError} `INVALID_ARGUMENT` if data, descr and shape do not fit together.
 *
 * @example
 * import { npyChunks } from "@seamless/celltypes/npy";
 * import { Checksum, createSha256 } from "@seamless/checksum";
 * const hash = createSha256();
 * for (const chunk of npyChunks(new Float32Array([1, 2, 3, 4]), { shape: [2, 2] })) hash.update(chunk);
 * console.log(new Checksum(hash.digest()).hex()); // → e8072b61f5d81a3cc4dc59b9d5e14187b20b5d8a3ddd8e6d0bc5128bda5f27aa
 */
export function npyChunks(
  data: BytesLike | ArrayBufferView,
  options: NdArrayOptions = {},
): readonly [header: Uint8Array, elements: Uint8Array] {
  return chunksOf(checkParts(data, options));
}
