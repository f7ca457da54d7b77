import { invalidValue, tooLarge, type ValuePath } from "../errors.ts";
import { Float } from "../values/float.ts";
import { YamlDate, YamlPairs, YamlSet, YamlSurrogates, type YamlValue } from "./values.ts";

/** A value that JSON has a form for, dicts as `Map`. Parts may be shared; none contains itself. */
export type JsonLike = null | boolean | number | bigint | string | Float | JsonLike[] | Map<string, JsonLike>;

/** Values and characters that a value has with every alias written out: a few lines of aliases can stand for billions. */
export const MAX_EXPANDED = 50_000_000;
const MAX_LEVELS = 1000;

/**
 * The JSON form of a YAML value: dates as ISO strings, `!!omap` and `!!pairs` as lists of pairs.
 *
 * @throws {SeamlessError} `INVALID_VALUE` with the path to NaN, an infinity, a key that is no string, bytes, a set, a string with
 *   surrogates, or a value that contains itself; `TOO_LARGE` if it has too much in it (50 million values and characters, 1,000 levels).
 */
export function yamlToJson(value: YamlValue): JsonLike {
  return new Converter().convert(value).json;
}

interface Converted {
  readonly json: JsonLike;
  /** Values and characters. */
  readonly size: number;
  /** Containers in containers. */
  readonly levels: number;
}

class Converter {
  /** `null` while a container is being converted. */
  readonly #done = new Map<object, Converted | null>();
  readonly #path: (string | number)[] = [];

  convert(value: YamlValue): Converted {
    if (typeof value === "string") return leaf(value, value.length);
    if (typeof value === "number" && !Number.isFinite(value)) throw this.#fault(`the float ${value}`);
    if (value === null || typeof value !== "object" || Float.isFloat(value)) return leaf(value, 0);
    if (value instanceof YamlDate) return leaf(value.iso, value.iso.length);
    const done = this.#done.get(value);
    if (done === null) throw this.#fault("a value that contains itself");
    if (done === undefined) this.#done.set(value, null);
    const converted = done ?? this.#container(value);
    this.#done.set(value, converted);
    // Aliases can make a value deeper than its text.
    if (this.#path.length + converted.levels > MAX_LEVELS) throw tooDeep();
    return converted;
  }

  #container(value: Container): Converted {
    if (this.#path.length >= MAX_LEVELS) throw tooDeep();
    if (Array.isArray(value)) return this.#list(value);
    if (value instanceof Map) return this.#dict(value);
    if (value instanceof YamlPairs) return this.#list(value.pairs);
    if (value instanceof YamlSet) throw this.#fault("a set");
    if (value instanceof YamlSurrogates) throw this.#fault("a string with surrogates");
    throw this.#fault("binary data");
  }

  #list(items: readonly YamlValue[]): Converted {
    const json: JsonLike[] = [];
    const sum = new Sum();
    items.forEach((item, index) => {
      json.push(sum.add(this.#child(item, index)));
    });
    return { json, size: sum.size, levels: sum.levels };
  }

  #dict(dict: ReadonlyMap<YamlValue, YamlValue>): Converted {
    const json = new Map<string, JsonLike>();
    const sum = new Sum();
    for (const [key, value] of dict) {
      if (typeof key !== "string") throw this.#fault("a dict with a key that is no string");
      sum.size += key.length;
      json.set(key, sum.add(this.#child(value, key)));
    }
    return { json, size: sum.size, levels: sum.levels };
  }

  #child(value: YamlValue, step: string | number): Converted {
    this.#path.push(step);
    const converted = this.convert(value);
    this.#path.pop();
    return converted;
  }

  #fault(what: string): Error {
    const path: ValuePath = [...this.#path];
    return invalidValue(`${what} has no JSON form`, path);
  }
}

type Container = Exclude<YamlValue, null | boolean | number | bigint | string | Float | YamlDate>;

/** The size and depth of a container, from its parts. */
class Sum {
  size = 1;
  levels = 1;

  add({ json, size, levels }: Converted): JsonLike {
    this.size += size;
    this.levels = Math.max(this.levels, levels + 1);
    if (this.size > MAX_EXPANDED)
      throw tooLarge("YAML aliases that expand to this much", `${MAX_EXPANDED} values and characters`);
    return json;
  }
}

function leaf(json: JsonLike, characters: number): Converted {
  return { json, size: 1 + characters, levels: 0 };
}

function tooDeep(): Error {
  return tooLarge("a YAML value nested too deep", `${MAX_LEVELS} levels`);
}
