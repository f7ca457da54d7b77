import { makeArray, type NdArray } from "../array/ndarray.ts";
import { byteLengthOf } from "../array/shape.ts";
import { invalidBuffer } from "../errors.ts";
import { MAGIC } from "./header.ts";
import { readHeader } from "./read-header.ts";

/** How to read an `.npy`. */
export interface ReadNpyOptions {
  /**
   * Are the bytes those of a `Buffer` or a cache, so that the array must never give them out for writing?
   *
   * @default false
   */
  readonly shared?: boolean;
}

/** Does the buffer begin as an `.npy` does? */
function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, at) => bytes[at] === byte);
}

/**
 * The array in an `.npy` buffer of version 1.0, 2.0 or 3.0: what NumPy reads, but for Python objects.
 *
 * @param bytes - The whole buffer, and nothing more; the array's memory is a view on it.
 * @throws {SeamlessError} `INVALID_BUFFER` with the offset of what is wrong; `TOO_LARGE` if the header is over 4 MiB.
 */
export function readNpy(bytes: Uint8Array, { shared = false }: ReadNpyOptions = {}): NdArray {
  if (!isNpy(bytes)) throw invalidBuffer("no .npy: it does not begin with \\x93NUMPY", 0);
  const { dtype, shape, fortranOrder, refuseShape, end } = readHeader(bytes);
  const memory = bytes.subarray(end);
  const expected = byteLengthOf(shape, dtype.itemsize, refuseShape);
  if (memory.byteLength !== expected) {
    const message = `an array of ${expected} bytes, and ${memory.byteLength} after the header`;
    throw invalidBuffer(message, end + Math.min(expected, memory.byteLength));
  }
  return makeArray({ memory: plainView(memory), dtype, shape, fortranOrder, shared });
}

/** Never Node's `Buffer`, whose methods differ (`slice`). */
function plainView({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
