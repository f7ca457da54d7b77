import type { Parser, Serializer } from "../celltypes.ts";
import { invalidValueError } from "../errors.ts";
import { isTooLongInt, parsePythonFloat, parsePythonInt, TOO_LONG_INT } from "../numbers/parse.ts";
import { notANumberError, readJsonNumber } from "./float.ts";
import { writePlainJson } from "./plain.ts";
import { type Scalar, toScalar } from "./scalar.ts";

/** `int`: a JSON integer of 64 bits. Floats are truncated toward zero, strings read as Python's `int()` does. */
export const serialize: Serializer = (value) => {
  const scalar = toScalar(value);
  return writePlainJson(scalar === null ? null : toInt(scalar));
};

/** An integer: of a JSON float truncated toward zero; of a string what Python's `int()` reads, or else its `float()`. */
export const parse: Parser<number | bigint | null> = (bytes) => {
  const number = readJsonNumber(bytes);
  if (number === null || typeof number === "bigint") return number;
  const integer = typeof number === "string" ? readInt(number) : truncate(Number(number));
  if (integer === undefined) throw notANumberError();
  return integer;
};

/** First exactly, however long; a float has 53 bits only. */
function readInt(text: string): number | bigint | undefined {
  const exact = parsePythonInt(text);
  if (exact !== undefined) return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  const float = parsePythonFloat(text);
  return float === undefined ? undefined : truncate(float);
}

function toInt(scalar: Exclude<Scalar, null>): number | bigint {
  if (typeof scalar === "boolean") return Number(scalar);
  if (typeof scalar === "bigint") return scalar;
  const integer = typeof scalar === "string" ? parsePythonInt(scalar) : truncate(Number(scalar));
  if (integer === undefined && isTooLongInt(String(scalar))) throw invalidValueError(`this is ${TOO_LONG_INT}`);
  if (integer === undefined) throw invalidValueError("this is neither an integer nor text that Python's int() reads");
  return integer;
}

/** Toward zero; exact, so beyond the safe range a bigint. */
function truncate(x: number): number | bigint | undefined {
  if (!Number.isFinite(x)) return undefined;
  const whole = Math.trunc(x);
  return Number.isSafeInteger(whole) ? whole + 0 : BigInt(whole);
}
