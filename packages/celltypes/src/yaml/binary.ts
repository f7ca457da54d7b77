const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES: ReadonlyMap<string, number> = new Map([...DIGITS].map((digit, value) => [digit, value]));

/**
 * Base64 as Python's `base64.decodebytes` reads it: other ASCII characters are skipped, and nothing counts after the
 * padding that ends a group of four.
 *
 * @returns `undefined` for characters beyond ASCII and for an incomplete group.
 */
export function readBinary(text: string): Uint8Array | undefined {
  if (/[^\x00-\x7f]/.test(text)) return undefined;
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let length = 0;
  let digits = 0;
  let pads = 0;
  let bits = 0;
  for (const char of text) {
    const value = VALUES.get(char);
    if (char === "=" && digits >= 2 && digits + ++pads >= 4) return bytes.slice(0, length);
    if (value === undefined) continue;
    pads = 0;
    bits = ((bits << 6) | value) & 0xffff;
    if (digits > 0) bytes[length++] = (bits >> (6 - 2 * digits)) & 0xff;
    digits = (digits + 1) % 4;
  }
  return digits === 0 ? bytes.slice(0, length) : undefined;
}
