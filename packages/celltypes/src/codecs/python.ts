import type { Parser } from "../celltypes.ts";
import { codeSupport } from "../code-support.ts";
import { invalidBufferError } from "../errors.ts";
import { parse as parseText } from "./text.ts";

/** `python`: text; not checked when written. */
export { serialize } from "./text.ts";

/** The text, if CPython's `ast.parse` accepts it. */
export const parse: Parser<string> = (bytes, options) => {
  const text = parseText(bytes, options);
  if (!codeSupport("python").isValidPython(text)) throw invalidBufferError("this is not valid Python", 0);
  return text;
};
