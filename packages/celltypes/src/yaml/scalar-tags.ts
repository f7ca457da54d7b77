import { readBinary } from "./binary.ts";
import { readFloat, readInt } from "./numbers.ts";
import { CORE } from "./tags.ts";
import { readTimestamp } from "./timestamp.ts";
import type { YamlValue } from "./values.ts";

const BOOLEANS: Readonly<Record<string, boolean>> = {
  __proto__: null as never,
  yes: true,
  no: false,
  true: true,
  false: false,
  on: true,
  off: false,
};

/** The value of a scalar by its full tag; `undefined` where the tag has no such value. `!!str` is made elsewhere. */
export const SCALAR_TAGS: ReadonlyMap<string, (text: string) => YamlValue | undefined> = new Map<
  string,
  (text: string) => YamlValue | undefined
>([
  [`${CORE}null`, () => null],
  [`${CORE}bool`, (text) => BOOLEANS[text.toLowerCase()]],
  [`${CORE}int`, readInt],
  [`${CORE}float`, readFloat],
  [`${CORE}binary`, readBinary],
  [`${CORE}timestamp`, readTimestamp],
]);
