import type { Float } from "../values/float.ts";

/**
 * What a YAML text can hold: JSON's kinds (integers as number or bigint, floats as number or `Float`, dicts as `Map`),
 * and some that JSON has no form for.
 */
export type YamlValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Uint8Array
  | YamlDate
  | YamlSurrogates
  | YamlSet
  | YamlPairs
  | YamlValue[]
  | Map<YamlValue, YamlValue>;

/** A date, or a date with a time. */
export class YamlDate {
  /** As Python's `isoformat` writes it. */
  readonly iso: string;

  constructor(iso: string) {
    this.iso = iso;
  }
}

/** A string with surrogates in it, each from an escape of its own: no text, not even where two make up a pair. */
export class YamlSurrogates {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** `!!set` */
export class YamlSet {
  items: readonly YamlValue[] = [];
}

/** `!!omap` and `!!pairs` */
export class YamlPairs {
  readonly pairs: [YamlValue, YamlValue][] = [];
}
