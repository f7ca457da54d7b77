import { describe } from "./text.ts";

/** What counts as bytes everywhere: `Uint8Array` (and Node's `Buffer`), `ArrayBuffer`, `SharedArrayBuffer`, `DataView`. */
export type BytesLike = Uint8Array | ArrayBuffer | SharedArrayBuffer | DataView;

/**
 * A `Uint8Array` on the same memory; `undefined` if it is not bytes. Other typed arrays are not, since the bytes of
 * their elements depend on the machine.
 */
export function viewBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (isUint8Array(value) || tagOf(value) === "DataView") {
    const view = value as ArrayBufferView;
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }
  const isBuffer = tagOf(value) === "ArrayBuffer" || tagOf(value) === "SharedArrayBuffer";
  return isBuffer ? new Uint8Array(value as ArrayBuffer) : undefined;
}

/** Is it a `Uint8Array`, of this or another realm (an iframe, a vm context)? The tag tells what `instanceof` cannot. */
export function isUint8Array(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || (ArrayBuffer.isView(value) && tagOf(value) === "Uint8Array");
}

/**
 * Makes `asBytes` for a package: a `Uint8Array` on the same memory.
 *
 * @param notBytesError - Makes what it throws for anything that is not bytes; each package has its own class of errors at hand.
 */
export function bytesViewer(notBytesError: (message: string) => Error): (value: BytesLike) => Uint8Array {
  return (value) => {
    const bytes = viewBytes(value);
    if (bytes !== undefined) return bytes;
    throw notBytesError(`expected bytes (a Uint8Array or ArrayBuffer), got ${describe(value)}`);
  };
}

/** A copy of bytes, as a plain `Uint8Array`. Not by `slice`, which gives a view of the same memory for Node's `Buffer`. */
export function copyBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** The bytes of all parts, one after the other, in new memory. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

/** Have two arrays the same bytes? */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
}

const DIGITS = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lowercase hex digits of some bytes. */
export function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += DIGITS[byte];
  return hex;
}

/** Bytes of an even number of hex digits; the digits must have been checked before. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** The whole number in some bytes, the lowest byte first. Exact below 2 ** 53. */
export function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
