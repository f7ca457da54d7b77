import { SeamlessError } from "@seamless/checksum";
import { hasBrand } from "@seamless/internal/brand";
import { sortByCodePoint } from "@seamless/internal/code-points";
import { describe } from "@seamless/internal/text";
import type { ToError } from "./errors.ts";

// Registered symbols: values of another installed copy of a package are recognised too.
const CHECKSUM = Symbol.for("@seamless/checksum");
const FLOAT = Symbol.for("@seamless/float");
export const NDARRAY = Symbol.for("@seamless/ndarray");
export const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** What a JavaScript value is to every celltype. */
export type Kind =
  | "null"
  | "boolean"
  | "integer"
  | "float"
  | "string"
  | "list"
  | "dict"
  | "bytes"
  | "array"
  | "checksum";

/** A dict: a plain object or a `Map`; its keys are still to be checked. */
export type DictLike = Readonly<Record<string, unknown>> | ReadonlyMap<unknown, unknown>;

/** Does this library take the number for an integer? */
export function isInteger(x: number): boolean {
  return Number.isSafeInteger(x) && !Object.is(x, -0);
}

/**
 * What a value is; `undefined` for what no celltype has a form for (`whyNoKind` says why).
 *
 * A number that is a safe integer other than -0 is an integer, every other one a float.
 */
export function kindOf(value: unknown): Kind | undefined {
  switch (typeof value) {
    case "string":
      return "string";
    case "number":
      return isInteger(value) ? "integer" : "float";
    case "boolean":
      return "boolean";
    case "bigint":
      return "integer";
    case "object":
      return value === null ? "null" : kindOfObject(value);
    default:
      return undefined;
  }
}

function kindOfObject(value: object): Kind | undefined {
  if (Array.isArray(value)) return "list";
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return "dict";
  if (hasBrand(value, FLOAT)) return "float";
  if (hasBrand(value, CHECKSUM)) return "checksum";
  if (hasBrand(value, NDARRAY)) return "array";
  if (value instanceof Map) return "dict";
  return BUILT_IN[Object.prototype.toString.call(value).slice(8, -1)];
}

/** By their tag, so that those of another realm (an iframe, a vm context) are recognised too. */
const BUILT_IN: Readonly<Record<string, Kind>> = {
  __proto__: null as never,
  Uint8Array: "bytes",
  ArrayBuffer: "bytes",
  SharedArrayBuffer: "bytes",
  DataView: "bytes",
  Map: "dict",
  Int8Array: "array",
  Uint8ClampedArray: "array",
  Int16Array: "array",
  Uint16Array: "array",
  Int32Array: "array",
  Uint32Array: "array",
  BigInt64Array: "array",
  BigUint64Array: "array",
  Float16Array: "array",
  Float32Array: "array",
  Float64Array: "array",
};

/** Names of kinds for messages. */
export const KIND_NAMES: Readonly<Record<Kind, string>> = {
  null: "null",
  boolean: "a boolean",
  integer: "an integer",
  float: "a float",
  string: "a string",
  list: "a list",
  dict: "a dict",
  bytes: "bytes",
  array: "an array",
  checksum: "a checksum",
};

/** What a value without a kind is. */
export function whyNoKind(value: unknown): string {
  if (value === undefined) return "undefined (or a hole in a list)";
  if (typeof value !== "object" || value === null) return `a ${typeof value}`;
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: string } };
  return `an object of class ${prototype.constructor?.name || Object.prototype.toString.call(value).slice(8, -1)}`;
}

/**
 * A float, also where its value is whole: `new Float(1)` is written `1.0`, which is another value than `1`.
 * Reading in lossless mode gives one for every whole float.
 *
 * @example
 * import { Float, serialize } from "@seamless/celltypes";
 * const text = (value) => new TextDecoder().decode(serialize(value, "plain")).trim();
 * console.log(text(1), text(new Float(1))); // → 1 1.0
 */
export class Float {
  readonly value: number;

  /**
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not a number.
   */
  constructor(value: number) {
    if (typeof value !== "number") {
      throw new SeamlessError("INVALID_ARGUMENT", `a Float wraps a number, got ${describe(value)}`);
    }
    this.value = value;
    Object.freeze(this);
  }

  /** Is it a `Float`, of this or another installed copy of the package? */
  static isFloat(value: unknown): value is Float {
    return hasBrand(value, FLOAT);
  }

  valueOf(): number {
    return this.value;
  }

  toString(): string {
    return String(this.value);
  }

  toJSON(): number {
    return this.value;
  }

  get [FLOAT](): true {
    return true;
  }

  [INSPECT](): string {
    return `Float(${this.value})`;
  }
}

/**
 * The keys of a dict, in insertion order (a plain object puts integer-like keys first).
 *
 * @param toError - Makes the error for a key that is not a string.
 */
export function dictKeys(dict: DictLike, toError: ToError): readonly string[] {
  if (isMap(dict)) {
    const keys = [...dict.keys()];
    for (const key of keys) {
      if (typeof key !== "string") throw toError(`a dict with the key ${describe(key)}, which is not a string,`);
    }
    return keys;
  }
  const symbol = Object.getOwnPropertySymbols(dict)[0];
  if (symbol !== undefined) throw toError(`a dict with the key ${String(symbol)}, which is not a string,`);
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

/** An own property, also where it is called `__proto__`: an assignment would change the prototype. */
export function setOwn(record: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") record[name] = value;
  else Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
}
