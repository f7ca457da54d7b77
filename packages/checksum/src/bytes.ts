import { describe, SeamlessError } from "./errors.ts";

/** What counts as bytes everywhere: `Uint8Array` (and Node's `Buffer`), `ArrayBuffer`, `SharedArrayBuffer`, `DataView`. */
export type BytesLike = Uint8Array | ArrayBuffer | SharedArrayBuffer | DataView;

/**
 * A `Uint8Array` on the same memory.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes; other typed arrays are refused, since the bytes of
 * their elements depend on the machine.
 */
export function asBytes(value: BytesLike): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof DataView) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const tag = Object.prototype.toString.call(value);
  if (tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]") {
    return new Uint8Array(value as ArrayBuffer);
  }
  // Of another realm (an iframe, a vm context): the tag tells what `instanceof` cannot.
  if (ArrayBuffer.isView(value) && ["Uint8Array", "DataView"].includes(tag.slice(8, -1))) {
    const view = value as ArrayBufferView;
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }
  throw new SeamlessError("INVALID_ARGUMENT", `expected bytes (a Uint8Array or ArrayBuffer), got ${describe(value)}`);
}
