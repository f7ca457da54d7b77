import { tooLarge } from "../errors.ts";

/** Collections in collections. PyYAML, under Python's default limit of recursion, gives up a little above this. */
export const MAX_DEPTH = 490;

export function tooDeep(): Error {
  return tooLarge("YAML nested too deep", `${MAX_DEPTH} levels`);
}

/** What is wrong with a YAML text; `parseYaml` turns it into a `SeamlessError` with the offset in bytes. */
export class YamlFault extends Error {
  /** Where, in UTF-16 units from the start of the text. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}
