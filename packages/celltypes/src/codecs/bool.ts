import type { Parser, Serializer } from "../celltypes.ts";
import { invalidBufferError } from "../errors.ts";
import { writePlainJson } from "./plain.ts";
import { isNull, isWord, noFormError, toScalar } from "./scalar.ts";

const TRUE = new TextEncoder().encode("true");
const FALSE = new TextEncoder().encode("false");

/** `bool`: `true` or `false`. A number is true unless it is zero. */
export const serialize: Serializer = (value) => {
  const scalar = toScalar(value);
  if (typeof scalar === "string") throw noFormError(scalar);
  return writePlainJson(scalar === null ? null : truth(Number(scalar)));
};

/** Exactly `true` or `false`. */
export const parse: Parser<boolean | null> = (bytes) => {
  if (isWord(bytes, TRUE)) return true;
  if (isWord(bytes, FALSE)) return false;
  if (isNull(bytes)) return null;
  throw invalidBufferError("expected exactly true, false or null", 0);
};

/** As in Python, NaN is true. */
function truth(x: number): boolean {
  return x !== 0;
}
