/**
 * The frame of the mixed format, as seamless-core's `silk/mixed/io` writes it:
 *
 *     \x94SEAMLESS-MIXED  u8 length, storage name  u32 LE length, form
 *     \x93SEAMLESS  u64 LE length of the json part  u64 LE length of the binary part  json part  binary part
 */
export const MIXED_MAGIC = latin1("\x94SEAMLESS-MIXED");
export const DATA_MAGIC = latin1("\x93SEAMLESS");
/** The storage of a container that holds something binary: the only one that needs this format. */
export const TOP_STORAGE = "mixed-plain";

/** Is this text at this place? */
export function hasBytes(bytes: Uint8Array, expected: Uint8Array, offset = 0): boolean {
  return offset + expected.byteLength <= bytes.byteLength && expected.every((byte, i) => bytes[offset + i] === byte);
}

function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
