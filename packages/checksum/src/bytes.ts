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
  if (isUint8Array(value) || tagOf(value) === "DataView") {
    const view = value as ArrayBufferView;
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }
  if (tagOf(value) === "ArrayBuffer" || tagOf(value) === "SharedArrayBuffer") {
    return new Uint8Array(value as ArrayBuffer);
  }
  throw new SeamlessError("INVALID_ARGUMENT", `expected bytes (a Uint8Array or ArrayBuffer), got ${describe(value)}`);
}

/** Is it a `Uint8Array`, of this or another realm (an iframe, a vm context)? The tag tells what `instanceof` cannot. */
export function isUint8Array(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || (ArrayBuffer.isView(value) && tagOf(value) === "Uint8Array");
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
