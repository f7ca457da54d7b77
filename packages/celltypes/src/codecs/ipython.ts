import type { Parser } from "../celltypes.ts";
import { codeSupport } from "../code-support.ts";
import { invalidBufferError } from "../errors.ts";
import { parse as parseText } from "./text.ts";

/** `ipython`: text; not checked when written. */
export { serialize } from "./text.ts";

/** The text, if what IPython makes of it is valid Python. */
export const parse: Parser<string> = (bytes, options) => {
  const text = parseText(bytes, options);
  const { ipythonToPython, isValidPython } = codeSupport("ipython");
  if (!isValidPython(ipythonToPython(text))) throw invalidBufferError("this does not convert to valid Python", 0);
  return text;
};
