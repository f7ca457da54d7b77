import { SeamlessError } from "@seamless/checksum";
import type { Parser } from "../celltypes.ts";
import { codeSupport } from "../code-support.ts";
import { parse as parseText } from "./text.ts";

/** `ipython`: text; not checked when written. */
export { serialize } from "./text.ts";

/** The text, if what IPython makes of it is valid Python. */
export const parse: Parser<string> = (bytes, options) => {
  const text = parseText(bytes, options);
  const { ipythonToPython, isValidPython } = codeSupport("ipython");
  // What the parser knows of the place is of what the cell was converted to.
  if (!isValidPython(ipythonToPython(text))) {
    throw new SeamlessError("INVALID_BUFFER", "this does not convert to valid Python");
  }
  return text;
};
