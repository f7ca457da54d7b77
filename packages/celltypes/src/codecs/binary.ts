import type { BytesLike } from "@seamless/checksum";
import type { Shared } from "../array/memory.ts";
import { dtypeOf, makeArray, memoryOf, NdArray } from "../array/ndarray.ts";
import type { Parser, Serializer } from "../celltypes.ts";
import { asBytes } from "../errors.ts";
import { readParts, writeParts } from "../npy/format.ts";
import { kindOf } from "../values.ts";
import { writePlainJson } from "./plain.ts";
import { isNull } from "./scalar.ts";

/**
 * `binary`: NumPy's `.npy`, or null. Bytes must be a finished one; lists and scalars become the array that NumPy makes of
 * them.
 */
export const serialize: Serializer = (value, { maxBytes }) => {
  if (value === null) return writePlainJson(null);
  if (kindOf(value) !== "bytes") return writeNpy(NdArray.from(value, { maxBytes }));
  const bytes = asBytes(value as BytesLike);
  readParts(bytes);
  return bytes;
};

/** The array, on the memory of the buffer. */
export const parse: Parser<NdArray | null> = (bytes, { shared }) => (isNull(bytes) ? null : readNpy(bytes, { shared }));

/** How to read an `.npy`. */
export interface ReadNpyOptions {
  /**
   * Are the bytes those of a `Buffer` or a cache, so that the array must never give them out for writing?
   *
   * @default false
   */
  readonly shared?: Shared;
}

/** The array in an `.npy` buffer; its memory is a view on the bytes. */
export function readNpy(bytes: Uint8Array, { shared = false }: ReadNpyOptions = {}): NdArray {
  return makeArray({ ...readParts(bytes), shared });
}

/** An array as an `.npy` buffer. */
export function writeNpy(array: NdArray): Uint8Array<ArrayBuffer> {
  const { shape, fortranOrder } = array;
  return writeParts({ memory: memoryOf(array), dtype: dtypeOf(array), shape, fortranOrder });
}
