/** Other memory with the same bytes. Not `slice`, which in Node's `Buffer` is a view of the same memory. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
