import type { Parser, Serializer } from "../celltypes.ts";
import { pythonStr } from "../numbers/notation.ts";
import { decodeUtf8, encodeUtf8, stripNewlines } from "../text.ts";
import { noFormError, toScalar } from "./scalar.ts";

/** `text`: UTF-8 with exactly one final newline. Numbers and booleans as Python's `str()`. */
export const serialize: Serializer = (value) => {
  const scalar = toScalar(value);
  if (scalar === null) throw noFormError(scalar);
  const text = typeof scalar === "string" ? scalar : pythonStr(scalar);
  return encodeUtf8(`${stripNewlines(text)}\n`);
};

/** The text without final newlines. */
export const parse: Parser<string> = (bytes) => stripNewlines(decodeUtf8(bytes));
