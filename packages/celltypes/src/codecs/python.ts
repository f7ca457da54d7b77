import { SeamlessError } from "@seamless/checksum";
import type { Parser } from "../celltypes.ts";
import { codeSupport } from "../code-support.ts";
import { parse as parseText } from "./text.ts";

/** `python`: text; not checked when written. */
export { serialize } from "./text.ts";

/** The text, if CPython's `ast.parse` accepts it. */
export const parse: Parser<string> = (bytes, options) => {
  const text = parseText(bytes, options);
  const error = codeSupport("python").pythonError(text);
  if (error === undefined) return text;
  const { line, column, message } = error;
  const where = `line ${line}, column ${column}`;
  throw new SeamlessError("INVALID_BUFFER", `this is not valid Python: ${message} (${where})`, { line, column });
};
