import { codeSupport } from "../code-support.ts";
import { invalidBuffer } from "../errors.ts";
import type { Parser, Serializer } from "./codec.ts";
import { readText, writeText } from "./text-buffer.ts";

/** `ipython`: text; not checked when written. */
export const serializeIpython: Serializer = writeText;

/** The text, if what IPython makes of it is valid Python. */
export const parseIpython: Parser<string> = (bytes) => {
  const text = readText(bytes);
  const { ipythonToPython, isValidPython } = codeSupport("ipython");
  if (!isValidPython(ipythonToPython(text))) throw invalidBuffer("this does not convert to valid Python", 0);
  return text;
};
