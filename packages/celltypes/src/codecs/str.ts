import { writePlainJson } from "../json/plain-writer.ts";
import { pythonStr } from "../numbers/python.ts";
import type { Parser, Serializer } from "./codec.ts";
import { parseScalar, toScalar } from "./scalar.ts";

/** `str`: a JSON string. A number becomes one as Python's `str()`; booleans and null stay. */
export const serializeStr: Serializer = (value) => {
  const scalar = toScalar(value);
  const keeps = scalar === null || typeof scalar === "boolean" || typeof scalar === "string";
  return writePlainJson(keeps ? scalar : pythonStr(scalar));
};

/** A JSON string; of a number or boolean, Python's `str()`. */
export const parseStr: Parser<string | null> = (bytes) => {
  const scalar = parseScalar(bytes);
  return scalar === null || typeof scalar === "string" ? scalar : pythonStr(scalar);
};
