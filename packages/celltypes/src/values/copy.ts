/** A copy of bytes, as a plain `Uint8Array`. Not by `slice`, which gives a view of the same memory for Node's `Buffer`. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
