import type { Parser, Serializer } from "../celltypes.ts";
import { invalidBufferError, invalidValueError } from "../errors.ts";
import { parsePythonFloat } from "../numbers/parse.ts";
import { Float } from "../values.ts";
import { writePlainJson } from "./plain.ts";
import { isNull, parseScalar, type Scalar, toScalar } from "./scalar.ts";

/** `float`: a JSON number that is always written as a float. Strings are read as Python's `float()` does. */
export const serialize: Serializer = (value) => {
  const scalar = toScalar(value);
  return writePlainJson(scalar === null ? null : new Float(toFloat(scalar)));
};

/** A double: of a JSON integer the nearest one, of a string what Python's `float()` reads. */
export const parse: Parser<number | Float | null> = (bytes, { lossless }) => {
  const number = readJsonNumber(bytes);
  if (number === null) return null;
  const value = typeof number === "string" ? parsePythonFloat(number) : Number(number);
  if (value === undefined) throw notANumberError();
  return lossless && Number.isInteger(value) ? new Float(value) : value;
};

function toFloat(scalar: Exclude<Scalar, null>): number {
  const value = typeof scalar === "string" ? parsePythonFloat(scalar) : Number(scalar);
  if (value === undefined || !Number.isFinite(value)) {
    throw invalidValueError("this is neither a finite number nor text that Python's float() reads as one");
  }
  return value;
}

/** Longer buffers are noFormErrord, as in Python: no number needs them. */
const MAX_BYTES = 1000;

/**
 * What stands in an `int` or `float` buffer: a finite JSON number, or a string that is still to be read as one.
 *
 * @throws {SeamlessError} `INVALID_BUFFER` for anything else, and over 1,000 bytes.
 */
export function readJsonNumber(bytes: Uint8Array): number | bigint | Float | string | null {
  if (isNull(bytes)) return null;
  if (bytes.byteLength > MAX_BYTES) throw invalidBufferError(`a number has at most ${MAX_BYTES} bytes`, MAX_BYTES);
  const scalar = parseScalar(bytes);
  if (typeof scalar === "boolean") throw invalidBufferError("expected a number, found a boolean", 0);
  return scalar;
}

/** The error for a string that Python reads no finite number from. */
export function notANumberError(): Error {
  return invalidBufferError("expected a number, found a string that Python does not read as one", 0);
}
