import type { Parser, Serializer } from "../celltypes.ts";
import { pythonStr } from "../numbers/notation.ts";
import { writePlainJson } from "./plain.ts";
import { parseScalar, toScalar } from "./scalar.ts";

/** `str`: a JSON string. A number becomes one as Python's `str()`; booleans and null stay. */
export const serialize: Serializer = (value) => {
  const scalar = toScalar(value);
  const keeps = scalar === null || typeof scalar === "boolean" || typeof scalar === "string";
  return writePlainJson(keeps ? scalar : pythonStr(scalar));
};

/** A JSON string; of a number or boolean, Python's `str()`. */
export const parse: Parser<string | null> = (bytes) => {
  const scalar = parseScalar(bytes);
  return scalar === null || typeof scalar === "string" ? scalar : pythonStr(scalar);
};
