import { invalidBuffer } from "../errors.ts";
import type { Float } from "../values/float.ts";
import { isNull, parseScalar } from "./scalar.ts";

/** Longer buffers are refused, as in Python: no number needs them. */
const MAX_BYTES = 1000;

/**
 * What stands in an `int` or `float` buffer: a finite JSON number, or a string that is still to be read as one.
 *
 * @throws {SeamlessError} `INVALID_BUFFER` for anything else, and over 1,000 bytes.
 */
export function readJsonNumber(bytes: Uint8Array): number | bigint | Float | string | null {
  if (isNull(bytes)) return null;
  if (bytes.byteLength > MAX_BYTES) throw invalidBuffer(`a number has at most ${MAX_BYTES} bytes`, MAX_BYTES);
  const scalar = parseScalar(bytes);
  if (typeof scalar === "boolean") throw invalidBuffer("expected a number, found a boolean", 0);
  return scalar;
}

/** The error for a string that Python reads no finite number from. */
export function noNumber(): Error {
  return invalidBuffer("expected a number, found a string that is none", 0);
}
