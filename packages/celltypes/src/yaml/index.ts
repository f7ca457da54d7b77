import { invalidBufferError, tooLargeError } from "../errors.ts";
import { utf8Length } from "../text.ts";
import { compose, type Document } from "./compose.ts";
import { constructValue } from "./construct.ts";
import { MAX_TEXT, YamlSyntaxError } from "./cursor.ts";
import { partsOf, type YamlPart } from "./parts.ts";
import type { YamlValue } from "./values.ts";

export type { YamlPart } from "./parts.ts";
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
  return readDocument(text, (document) => (document === undefined ? null : constructValue(document)));
}

/**
 * Reads the parts of a YAML 1.1 text, and where each starts, without making values of them.
 *
 * @returns The part that is all of it; `undefined` for an empty text.
 * @throws {SeamlessError} `INVALID_BUFFER` and `TOO_LARGE` as `parseYaml`, but nothing for what only a value would have wrong.
 *
 * @example
 * import { parseYamlParts } from "@seamless/celltypes/yaml";
 * const part = parseYamlParts("a: 1\nb: yes\n");
 * console.log(part?.parts.map(({ text, index }) => `${text} at ${index}`)); // → [ 'a at 0', '1 at 3', 'b at 5', 'yes at 8' ]
 */
export function parseYamlParts(text: string): YamlPart | undefined {
  return readDocument(text, (document) => document && partsOf(document));
}

function readDocument<T>(text: string, read: (document: Document | undefined) => T): T {
  if (text.length > MAX_TEXT) throw tooLargeError("a YAML text this long", `${MAX_TEXT} characters`);
  try {
    const odd = NOT_PRINTABLE.exec(text);
    if (odd !== null)
      throw new YamlSyntaxError(`the character U+${odd[0].codePointAt(0)!.toString(16).padStart(4, "0")}`, odd.index);
    return read(compose(text));
  } catch (error) {
    if (error instanceof YamlSyntaxError)
      throw invalidBufferError(`not YAML 1.1: ${error.message}`, utf8Length(text, error.at));
    throw error;
  }
}
