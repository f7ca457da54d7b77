import { Float } from "../values/float.ts";
import { YamlDate, YamlSurrogates, type YamlValue } from "./values.ts";

/**
 * A string that two keys share if Python takes them for equal: 1, 1.0 and true are one key.
 *
 * @returns `undefined` for what is no key in Python: lists, dicts, sets.
 */
export function keyIdentity(key: YamlValue): string | undefined {
  if (typeof key === "string") return `s${key}`;
  if (key === null) return "null";
  if (typeof key === "boolean") return `n${Number(key)}`;
  if (typeof key === "bigint") return `n${key}`;
  if (typeof key === "number") return Number.isInteger(key) ? `n${BigInt(key)}` : `n${key}`;
  if (Float.isFloat(key)) return `n${BigInt(key.value)}`;
  if (key instanceof Uint8Array) return `b${key.join()}`;
  if (key instanceof YamlDate) return `d${key.iso}`;
  if (key instanceof YamlSurrogates) return `u${key.text}`;
  return undefined;
}

/** A dict under construction: of two equal keys the first stays, with the last value. */
export class DictBuilder {
  readonly #dict: Map<YamlValue, YamlValue>;
  readonly #keys = new Map<string, YamlValue>();

  constructor(dict: Map<YamlValue, YamlValue>) {
    this.#dict = dict;
  }

  /** Returns false if it is no key. */
  set(key: YamlValue, value: YamlValue): boolean {
    if (typeof key === "string") {
      this.#dict.set(key, value);
      return true;
    }
    const identity = keyIdentity(key);
    if (identity === undefined) return false;
    const first = this.#keys.get(identity);
    if (first === undefined) this.#keys.set(identity, key);
    this.#dict.set(first ?? key, value);
    return true;
  }
}
