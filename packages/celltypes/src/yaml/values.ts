import { invalidValueError, tooLargeError } from "../errors.ts";
import { Float } from "../values.ts";

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

/** A value that JSON has a form for, dicts as `Map`. Parts may be shared, but no part contains itself. */
export type JsonLike = null | boolean | number | bigint | string | Float | JsonLike[] | Map<string, JsonLike>;

/** Values and characters that a value has with every alias written out: a few lines of aliases can stand for billions. */
export const MAX_EXPANDED = 50_000_000;
const MAX_LEVELS = 1000;

/**
 * The JSON form of a YAML value: dates as ISO strings, `!!omap` and `!!pairs` as lists of pairs. What has its JSON form already
 * is not copied: lists and dicts without any such part are those of the value.
 *
 * @throws {SeamlessError} `INVALID_VALUE` with the path to NaN, an infinity, a key that is not a string, bytes, a set, a string with
 *   surrogates, or a value that contains itself; `TOO_LARGE` if it has too much in it (50 million values and characters, 1,000 levels).
 */
export function yamlToJson(value: YamlValue): JsonLike {
  return new Converter().run(value);
}

interface Converted {
  readonly json: JsonLike;
  /** Values and characters. */
  readonly size: number;
  /** Containers in containers. */
  readonly levels: number;
}

/** Goes through a value without recursion. */
class Converter {
  /** By container; `null` while it is open. */
  readonly #done = new Map<object, Converted | null>();
  /** The containers from the root down to where the walk is. */
  readonly #open: (OpenList | OpenDict)[] = [];

  run(root: YamlValue): JsonLike {
    let last = this.#visit(root);
    for (let open = this.#open.at(-1); open !== undefined; open = this.#open.at(-1)) {
      if (last !== undefined) {
        open.put(last);
        if (open.size > MAX_EXPANDED) {
          throw tooLargeError("YAML aliases that expand to this much", `${MAX_EXPANDED} values and characters`);
        }
      }
      const next = open.next();
      last = next === undefined ? this.#close(open) : this.#visit(next);
    }
    return last!.json;
  }

  /** What a value is in JSON; `undefined` for a container that has to be gone through first. */
  #visit(value: YamlValue): Converted | undefined {
    if (typeof value === "string") return leaf(value, value.length);
    if (typeof value === "number" && !Number.isFinite(value)) throw this.#error(`the float ${value}`);
    if (value === null || typeof value !== "object" || Float.isFloat(value)) return leaf(value, 0);
    if (value instanceof YamlDate) return leaf(value.iso, value.iso.length);
    const done = this.#done.get(value);
    if (done === null) throw this.#error("a value that contains itself");
    if (done !== undefined) return this.#checkLevels(done);
    if (this.#open.length >= MAX_LEVELS) throw deepValueError();
    this.#done.set(value, null);
    this.#open.push(this.#begin(value));
    return undefined;
  }

  #begin(value: Container): OpenList | OpenDict {
    if (Array.isArray(value)) return new OpenList(value, value);
    if (value instanceof YamlPairs) return new OpenList(value, value.pairs);
    if (value instanceof YamlSet) throw this.#error("a set");
    if (value instanceof YamlSurrogates) throw this.#error("a string with surrogates");
    if (value instanceof Uint8Array) throw this.#error("binary data");
    if (!hasTextKeys(value)) throw this.#error("a dict with a key that is not a string");
    return new OpenDict(value);
  }

  #close(open: OpenList | OpenDict): Converted {
    this.#open.pop();
    const converted = { json: open.json, size: open.size, levels: open.levels };
    this.#done.set(open.source, converted);
    return this.#checkLevels(converted);
  }

  /** Aliases can make a value deeper than its text. */
  #checkLevels(converted: Converted): Converted {
    if (this.#open.length + converted.levels > MAX_LEVELS) throw deepValueError();
    return converted;
  }

  #error(what: string): Error {
    const path = this.#open.map(({ step }) => step);
    return invalidValueError(`${what} has no JSON form`, path);
  }
}

type Container = Exclude<YamlValue, null | boolean | number | bigint | string | Float | YamlDate>;

/** A list that is being gone through. */
class OpenList {
  size = 1;
  levels = 1;
  /** Index of the part that is looked at. */
  step = -1;
  readonly source: object;
  readonly #items: readonly YamlValue[];
  /** Made when the first part is another in JSON. */
  #copy: JsonLike[] | undefined;

  constructor(source: object, items: readonly YamlValue[]) {
    this.source = source;
    this.#items = items;
  }

  get json(): JsonLike {
    return this.#copy ?? (this.#items as JsonLike[]);
  }

  next(): YamlValue | undefined {
    return this.#items[++this.step];
  }

  put({ json, size, levels }: Converted): void {
    this.size += size;
    this.levels = Math.max(this.levels, levels + 1);
    if (json !== this.#items[this.step]) this.#copy ??= this.#items.slice(0, this.step) as JsonLike[];
    this.#copy?.push(json);
  }
}

/** A dict that is being gone through. */
class OpenDict {
  size = 1;
  levels = 1;
  /** Key of the part that is looked at. */
  step = "";
  readonly source: TextDict;
  readonly #entries: Iterator<[string, YamlValue]>;
  #value: YamlValue | undefined;
  #copy: Map<string, JsonLike> | undefined;

  constructor(source: TextDict) {
    this.source = source;
    this.#entries = source.entries();
  }

  get json(): JsonLike {
    return this.#copy ?? (this.source as Map<string, JsonLike>);
  }

  next(): YamlValue | undefined {
    const { done, value } = this.#entries.next();
    if (done) return undefined;
    [this.step, this.#value] = value;
    this.size += this.step.length;
    return this.#value;
  }

  put({ json, size, levels }: Converted): void {
    this.size += size;
    this.levels = Math.max(this.levels, levels + 1);
    // Its order is that of the source from the beginning.
    if (json !== this.#value) this.#copy ??= new Map(this.source as Map<string, JsonLike>);
    this.#copy?.set(this.step, json);
  }
}

type TextDict = ReadonlyMap<string, YamlValue>;

function hasTextKeys(dict: ReadonlyMap<YamlValue, YamlValue>): dict is TextDict {
  for (const key of dict.keys()) if (typeof key !== "string") return false;
  return true;
}

function leaf(json: JsonLike, characters: number): Converted {
  return { json, size: 1 + characters, levels: 0 };
}

function deepValueError(): Error {
  return tooLargeError("a YAML value nested too deep", `${MAX_LEVELS} levels`);
}
