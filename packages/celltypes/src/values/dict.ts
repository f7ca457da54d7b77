import { describe, type SeamlessError, sortByCodePoint } from "@seamless/checksum";
import type { DictLike } from "./kinds.ts";

/**
 * The keys of a dict, in insertion order (a plain object puts integer-like keys first).
 *
 * @param fault - Makes the error for a key that is no string.
 */
export function dictKeys(dict: DictLike, fault: (found: string) => SeamlessError): readonly string[] {
  if (isMap(dict)) {
    const keys = [...dict.keys()];
    for (const key of keys) {
      if (typeof key !== "string") throw fault(`a dict with the key ${describe(key)}, which is no string,`);
    }
    return keys;
  }
  const symbol = Object.getOwnPropertySymbols(dict)[0];
  if (symbol !== undefined) throw fault(`a dict with the key ${String(symbol)}, which is no string,`);
  return Object.keys(dict);
}

/** Is the dict a `Map`, of this or another realm (an iframe, a vm context)? Every other dict is a plain object. */
export function isMap(dict: DictLike): dict is ReadonlyMap<string, unknown> {
  const prototype = Object.getPrototypeOf(dict);
  return prototype !== Object.prototype && prototype !== null;
}

/** The value of a key that the dict has. */
export function dictValue(dict: DictLike, key: string): unknown {
  return isMap(dict) ? dict.get(key) : (dict as Readonly<Record<string, unknown>>)[key];
}

/** Keys by code point. */
export function sortKeys(keys: readonly string[]): readonly string[] {
  if (areSorted(keys)) return keys;
  return sortByCodePoint([...keys]);
}

/** Surely sorted: what has surrogates, whose order differs, is left to `sortKeys`. */
function areSorted(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if (!(keys[i - 1]! < keys[i]!)) return false;
  return !keys.some((key) => /[\ud800-\uffff]/.test(key));
}

/** Are they the same keys in the same order? */
export function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
