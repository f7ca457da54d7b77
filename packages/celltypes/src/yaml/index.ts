import { invalidBufferError, tooLargeError } from "../errors.ts";
import { utf8Length } from "../text.ts";
import { compose } from "./compose.ts";
import { constructValue } from "./construct.ts";
import { MAX_TEXT, YamlSyntaxError } from "./cursor.ts";
import type { YamlValue } from "./values.ts";

export {
  type JsonLike,
  YamlDate,
  YamlPairs,
  YamlSet,
  YamlSurrogates,
  type YamlValue,
  yamlToJson,
} from "./values.ts";

const NOT_PRINTABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Reads a YAML 1.1 text as PyYAML's `safe_load` does. Whether the value has a JSON form is left to `yamlToJson`.
 *
 * @param text - Without final newlines, where it is the value of a buffer.
 * @returns A lossless value; parts that have an anchor and aliases are shared, and may contain themselves.
 * @throws {SeamlessError} `INVALID_BUFFER` with the offset, in bytes, of what is wrong; `TOO_LARGE` for over 16 Mi characters,
 *   more than 490 levels, merge keys that multiply, and numbers of over a million characters.
 */
export function parseYaml(text: string): YamlValue {
  if (text.length > MAX_TEXT) throw tooLargeError("a YAML text this long", `${MAX_TEXT} characters`);
  try {
    const odd = NOT_PRINTABLE.exec(text);
    if (odd !== null)
      throw new YamlSyntaxError(`the character U+${odd[0].codePointAt(0)!.toString(16).padStart(4, "0")}`, odd.index);
    const document = compose(text);
    return document === undefined ? null : constructValue(document);
  } catch (error) {
    if (error instanceof YamlSyntaxError)
      throw invalidBufferError(`not YAML 1.1: ${error.message}`, utf8Length(text, error.at));
    throw error;
  }
}
