import { invalidBuffer } from "../errors.ts";
import { parsePythonFloat } from "../numbers/python-parse.ts";
import type { Float } from "../values/float.ts";
import { isNull, parseScalar } from "./scalar.ts";

/** Longer buffers are refused, as in Python: no number needs them. */
const MAX_BYTES = 1000;

/**
 * The number of an `int` or `float` buffer: a finite JSON number, or a JSON string that Python's `float()` reads.
 *
 * @throws {SeamlessError} `INVALID_BUFFER` for anything else; `TOO_LARGE` never, since it is said which limit it breaks.
 */
export function readJsonNumber(bytes: Uint8Array): number | bigint | Float | null {
  if (isNull(bytes)) return null;
  if (bytes.byteLength > MAX_BYTES) throw invalidBuffer(`a number has at most ${MAX_BYTES} bytes`, MAX_BYTES);
  const scalar = parseScalar(bytes);
  if (typeof scalar === "boolean") throw invalidBuffer("expected a number, found a boolean", 0);
  if (typeof scalar !== "string") return scalar;
  const number = parsePythonFloat(scalar);
  if (number === undefined) throw invalidBuffer("expected a number, found a string that is none", 0);
  return number;
}
