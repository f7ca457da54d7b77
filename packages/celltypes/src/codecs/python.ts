import { codeSupport } from "../code-support.ts";
import { invalidBuffer } from "../errors.ts";
import type { Parser, Serializer } from "./codec.ts";
import { readText, writeText } from "./text-buffer.ts";

/** `python`: text; not checked when written. */
export const serializePython: Serializer = writeText;

/** The text, if CPython's `ast.parse` accepts it. */
export const parsePython: Parser<string> = (bytes) => {
  const text = readText(bytes);
  if (!codeSupport("python").isValidPython(text)) throw invalidBuffer("this is not valid Python", 0);
  return text;
};
