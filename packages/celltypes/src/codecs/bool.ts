import { invalidBuffer } from "../errors.ts";
import { writePlainJson } from "../json/plain-writer.ts";
import type { Parser, Serializer } from "./codec.ts";
import { isNull, isWord, refuse, toScalar } from "./scalar.ts";

const TRUE = new TextEncoder().encode("true");
const FALSE = new TextEncoder().encode("false");

/** `bool`: `true` or `false`. A number is true unless it is zero. */
export const serializeBool: Serializer = (value) => {
  const scalar = toScalar(value);
  if (typeof scalar === "string") throw refuse(scalar);
  return writePlainJson(scalar === null ? null : truth(Number(scalar)));
};

/** Exactly `true` or `false`. */
export const parseBool: Parser<boolean | null> = (bytes) => {
  if (isWord(bytes, TRUE)) return true;
  if (isWord(bytes, FALSE)) return false;
  if (isNull(bytes)) return null;
  throw invalidBuffer("expected exactly true, false or null", 0);
};

/** As in Python, NaN is true. */
function truth(x: number): boolean {
  return x !== 0;
}
