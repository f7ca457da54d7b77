import { Float } from "../values/float.ts";
import type { Node } from "./nodes.ts";
import { YamlDate, YamlSurrogates, type YamlValue } from "./values.ts";

/** What makes keys equal, as in Python: 1, 1.0 and true are one key. */
export class KeyIdentities {
  /** Of long keys: as an alias, or merged, a node is a key any number of times. */
  readonly #known = new Map<Node, string>();

  /**
   * A string that two keys share if Python takes them for equal.
   *
   * @returns `undefined` for what is no key in Python: lists, dicts, sets.
   */
  of(node: Node, key: YamlValue): string | undefined {
    const isLong = typeof key === "bigint" || key instanceof Uint8Array || key instanceof YamlSurrogates;
    if (!isLong) return keyIdentity(key);
    const known = this.#known.get(node) ?? keyIdentity(key)!;
    this.#known.set(node, known);
    return known;
  }
}

function keyIdentity(key: YamlValue): string | undefined {
  if (typeof key === "string") return `s${key}`;
  if (key === null) return "null";
  if (typeof key === "boolean") return `n${Number(key)}`;
  // To base 16, which takes time in proportion to the length of the number.
  if (typeof key === "bigint") return `n${key.toString(16)}`;
  if (typeof key === "number") return Number.isInteger(key) ? `n${BigInt(key).toString(16)}` : `n.${key}`;
  if (Float.isFloat(key)) return `n${BigInt(key.value).toString(16)}`;
  if (key instanceof Uint8Array) return `b${key.join()}`;
  if (key instanceof YamlDate) return `d${key.iso}`;
  if (key instanceof YamlSurrogates) return `u${key.text}`;
  return undefined;
}

/** A dict under construction: of two equal keys the first stays, with the last value. */
export class DictBuilder {
  readonly #dict: Map<YamlValue, YamlValue>;
  readonly #identities: KeyIdentities;
  /** Keys that are no strings, if there are any. */
  #others: Map<string, Entry> | undefined;

  constructor(dict: Map<YamlValue, YamlValue>, identities: KeyIdentities) {
    this.#dict = dict;
    this.#identities = identities;
  }

  /** Returns false if it is no key. */
  set(node: Node, key: YamlValue, value: YamlValue): boolean {
    if (typeof key === "string") {
      this.#dict.set(key, value);
      return true;
    }
    const identity = this.#identities.of(node, key);
    if (identity === undefined) return false;
    this.#others ??= new Map();
    const first = this.#others.get(identity);
    if (first === undefined) {
      this.#others.set(identity, { key, value });
      this.#dict.set(key, value);
    } else first.value = value;
    return true;
  }

  /** Gives keys that came again their last value: once, for a `Map` compares long numbers digit by digit. */
  finish(): void {
    for (const { key, value } of this.#others?.values() ?? []) this.#dict.set(key, value);
  }
}

interface Entry {
  readonly key: YamlValue;
  value: YamlValue;
}
