import { type BytesLike, viewBytes } from "@seamless/internal/bytes";
import { describe } from "@seamless/internal/text";
import { SeamlessError } from "./errors.ts";

export { type BytesLike, isUint8Array } from "@seamless/internal/bytes";

/**
 * A `Uint8Array` on the same memory.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes; other typed arrays are refused, since the bytes of
 * their elements depend on the machine.
 */
export function asBytes(value: BytesLike): Uint8Array {
  const bytes = viewBytes(value);
  if (bytes !== undefined) return bytes;
  throw new SeamlessError("INVALID_ARGUMENT", `expected bytes (a Uint8Array or ArrayBuffer), got ${describe(value)}`);
}
