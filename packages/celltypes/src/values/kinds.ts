import { Checksum } from "@seamless/checksum";
import { NdArray } from "../array/ndarray.ts";
import { isInteger } from "../numbers/python.ts";
import { Float } from "./float.ts";

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
  if (Float.isFloat(value)) return "float";
  if (Checksum.isChecksum(value)) return "checksum";
  if (NdArray.isNdArray(value)) return "array";
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
