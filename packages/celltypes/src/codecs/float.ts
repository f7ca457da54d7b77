import { invalidValue } from "../errors.ts";
import { writePlainJson } from "../json/plain-writer.ts";
import { parsePythonFloat } from "../numbers/python-parse.ts";
import { Float } from "../values/float.ts";
import type { Parser, Serializer } from "./codec.ts";
import { noNumber, readJsonNumber } from "./json-number.ts";
import { type Scalar, toScalar } from "./scalar.ts";

/** `float`: a JSON number that is always written as a float. Strings are read as Python's `float()` does. */
export const serializeFloat: Serializer = (value) => {
  const scalar = toScalar(value);
  return writePlainJson(scalar === null ? null : new Float(toFloat(scalar)));
};

/** A double: of a JSON integer the nearest one, of a string what Python's `float()` reads. */
export const parseFloatBuffer: Parser<number | Float | null> = (bytes, { lossless }) => {
  const number = readJsonNumber(bytes);
  if (number === null) return null;
  const value = typeof number === "string" ? parsePythonFloat(number) : Number(number);
  if (value === undefined) throw noNumber();
  return lossless && Number.isInteger(value) ? new Float(value) : value;
};

function toFloat(scalar: Exclude<Scalar, null>): number {
  const value = typeof scalar === "string" ? parsePythonFloat(scalar) : Number(scalar);
  if (value === undefined || !Number.isFinite(value)) {
    throw invalidValue("this is no finite number, nor text that Python's float() reads as one");
  }
  return value;
}
