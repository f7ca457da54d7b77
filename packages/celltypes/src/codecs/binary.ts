import { asBytes, type BytesLike } from "@seamless/checksum";
import { NdArray } from "../array/ndarray.ts";
import type { Parser, Serializer } from "../celltypes.ts";
import { readNpy, writeNpy } from "../npy/format.ts";
import { kindOf } from "../values.ts";
import { writePlainJson } from "./plain.ts";
import { isNull } from "./scalar.ts";

/** `binary`: NumPy's `.npy`, or null. */
export const serialize: Serializer = (value, options) =>
  value === null ? writePlainJson(null) : serializeArray(value, options);

/** Bytes must be a finished `.npy`; lists and scalars become the array that NumPy makes of them. */
export const serializeArray: Serializer = (value, { maxBytes }) => {
  if (kindOf(value) !== "bytes") return writeNpy(NdArray.from(value, { maxBytes }));
  const bytes = asBytes(value as BytesLike);
  readNpy(bytes);
  return bytes;
};

/** The array, on the memory of the buffer. */
export const parse: Parser<NdArray | null> = (bytes, { shared }) => (isNull(bytes) ? null : readNpy(bytes, { shared }));
