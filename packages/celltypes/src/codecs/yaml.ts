import { parseYaml } from "#yaml";
import type { Parser } from "../celltypes.ts";
import { parse as parseText } from "./text.ts";

/** `yaml`: text; not checked when written. */
export { serialize } from "./text.ts";

/** The text, if it loads as YAML 1.1; whether what it says has a JSON form does not matter. */
export const parse: Parser<string> = (bytes, options) => {
  const text = parseText(bytes, options);
  parseYaml(text);
  return text;
};
