import { asBytes, type BytesLike } from "@seamless/checksum";
import { NdArray } from "../array/ndarray.ts";
import { writePlainJson } from "../json/plain-writer.ts";
import { readNpy } from "../npy/read.ts";
import { writeNpy } from "../npy/write.ts";
import { kindOf } from "../values/kinds.ts";
import type { Parser, Serializer } from "./codec.ts";
import { isNull } from "./scalar.ts";

/**
 * `binary`: NumPy's `.npy`, or null. Bytes must be a finished one; lists and scalars become the array that NumPy makes of
 * them.
 */
export const serializeBinary: Serializer = (value, { maxBytes }) => {
  if (value === null) return writePlainJson(null);
  if (kindOf(value) !== "bytes") return writeNpy(NdArray.from(value, { maxBytes }));
  const bytes = asBytes(value as BytesLike);
  readNpy(bytes);
  return bytes;
};

/** The array, on the memory of the buffer. */
export const parseBinary: Parser<NdArray | null> = (bytes, { shared }) =>
  isNull(bytes) ? null : readNpy(bytes, { shared });
