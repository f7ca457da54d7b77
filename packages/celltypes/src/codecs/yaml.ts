import { parseYaml } from "#yaml";
import type { Parser, Serializer } from "./codec.ts";
import { readText, writeText } from "./text-buffer.ts";

/** `yaml`: text; not checked when written. */
export const serializeYaml: Serializer = writeText;

/** The text, if it loads as YAML 1.1; whether what it says has a JSON form does not matter. */
export const parseYamlText: Parser<string> = (bytes) => {
  const text = readText(bytes);
  parseYaml(text);
  return text;
};
