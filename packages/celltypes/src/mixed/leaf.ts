import { asBytes, type BytesLike } from "@seamless/checksum";
import { NdArray } from "../array/ndarray.ts";
import type { Kind } from "../values/kinds.ts";

/** Empty bytes are one NUL: NumPy has no strings of no characters. */
const EMPTY = new Uint8Array(1);

/** Is it a value that JSON has no form for, but `mixed` has? */
export function isBinary(kind: Kind | undefined, value: unknown): boolean {
  return kind === "array" || kind === "bytes" || (kind === "float" && !Number.isFinite(Number(value)));
}

/** What a binary value is stored as where it stands alone: every one is an array there. */
export function aloneArray(kind: Kind | undefined, value: unknown): NdArray {
  if (kind === "array") return asArray(value as NdArray);
  if (kind === "float") return new NdArray(floatBytes(Number(value)), { descr: "<f8", shape: [] });
  const content = bytesContent(value as BytesLike);
  return new NdArray(content, { descr: `|S${content.byteLength}`, shape: [] });
}

export function asArray(value: NdArray | Float64Array): NdArray {
  return NdArray.isNdArray(value) ? value : new NdArray(value);
}

export function bytesContent(value: BytesLike): Uint8Array {
  const bytes = asBytes(value);
  return bytes.byteLength === 0 ? EMPTY : bytes;
}

/** NaN and infinity as NumPy stores them. */
export function floatBytes(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  // A NaN that JavaScript got from elsewhere may have a sign and a payload: here there is one NaN only.
  new DataView(bytes.buffer).setFloat64(0, Number.isNaN(value) ? Number.NaN : value, true);
  return bytes;
}
