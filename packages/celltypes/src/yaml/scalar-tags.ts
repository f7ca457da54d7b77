import { readBinary } from "./binary.ts";
import { readFloat, readInt } from "./numbers.ts";
import { TAG } from "./tag-names.ts";
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

/** The value of a scalar by its tag; `undefined` where the tag has no such value. `!!str` is made elsewhere. */
export const SCALAR_TAGS: ReadonlyMap<number, (text: string) => YamlValue | undefined> = new Map<
  number,
  (text: string) => YamlValue | undefined
>([
  [TAG.null, () => null],
  [TAG.bool, (text) => BOOLEANS[text.toLowerCase()]],
  [TAG.int, readInt],
  [TAG.float, readFloat],
  [TAG.binary, readBinary],
  [TAG.timestamp, readTimestamp],
]);
