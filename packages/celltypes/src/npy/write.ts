import { dtypeOf, memoryOf, type NdArray } from "../array/ndarray.ts";
import { allocate } from "../array/shape.ts";
import { writeHeader } from "./header.ts";

/**
 * An array as an `.npy` buffer, byte for byte as NumPy 2 writes it.
 *
 * @returns fresh bytes: one allocation, one copy.
 * @throws {SeamlessError} `TOO_LARGE` if the platform has no typed array of that length.
 */
export function writeNpy(array: NdArray): Uint8Array<ArrayBuffer> {
  const memory = memoryOf(array);
  const header = writeHeader({ dtype: dtypeOf(array), shape: array.shape, fortranOrder: array.fortranOrder });
  const npy = allocate(header.length + memory.length);
  npy.set(header);
  npy.set(memory, header.length);
  return npy;
}
