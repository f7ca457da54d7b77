import { Float, NdArray } from "@seamless/celltypes";
import { pythonFloat, pythonFloat16, pythonFloat32 } from "@seamless/celltypes/numbers";
import { Checksum } from "@seamless/checksum";

/** What a value is, in JSON's words and the celltypes'. */
export type Kind =
  | "null"
  | "boolean"
  | "integer"
  | "float"
  | "string"
  | "list"
  | "dict"
  | "array"
  | "bytes"
  | "checksum";

export function kindOf(value: unknown): Kind {
  if (value === null) return "null";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return isInteger(value) ? "integer" : "float";
  if (typeof value === "string") return "string";
  if (Float.isFloat(value)) return "float";
  if (NdArray.isNdArray(value)) return "array";
  if (Checksum.isChecksum(value)) return "checksum";
  if (value instanceof Uint8Array) return "bytes";
  return Array.isArray(value) ? "list" : "dict";
}

const isInteger = (value: number) => Number.isSafeInteger(value) && !Object.is(value, -0);

/** A text that may be too long to be shown. */
export interface Shown {
  readonly text: string;
  /** Was something left out at its end? */
  readonly isCut: boolean;
}

/** In characters: of a value within others. */
const MAX_TEXT = 200;

/** One line for a value: a container by how much is in it, a string in JSON's notation, numbers as Python writes them. */
export function showValue(value: unknown): Shown {
  switch (kindOf(value)) {
    case "string":
      return showString(value as string);
    case "float":
      return whole(pythonFloat(Float.isFloat(value) ? value.value : (value as number)));
    case "list":
      return whole(counted((value as unknown[]).length, "item"));
    case "dict":
      return whole(counted(sizeOf(value), "key"));
    case "array":
      return whole(showType(value as NdArray));
    case "bytes":
      return whole(counted((value as Uint8Array).length, "byte"));
    case "checksum":
      return whole((value as Checksum).hex());
    default:
      return cut(String(value), MAX_TEXT);
  }
}

/** Number of parts of a container; 0 of what is none. */
export function sizeOf(value: unknown): number {
  const kind = kindOf(value);
  if (kind === "list") return (value as unknown[]).length;
  if (kind !== "dict") return 0;
  return value instanceof Map ? value.size : Object.keys(value as object).length;
}

/** Type and shape of an array: `"<f8 (2, 3)"`. */
export function showType({ descr, shape }: Pick<NdArray, "descr" | "shape">): string {
  const type = typeof descr === "string" ? descr : cut(JSON.stringify(descr), 60).text;
  return `${type} (${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function showString(text: string): Shown {
  const shown = cut(text, MAX_TEXT);
  return { text: JSON.stringify(shown.text), isCut: shown.isCut };
}

function whole(text: string): Shown {
  return { text, isCut: false };
}

function cut(text: string, length: number): Shown {
  return text.length > length ? { text: `${text.slice(0, length)}…`, isCut: true } : whole(text);
}

/** By the type of an array, how its floats are written: the shortest digits that tell them apart. */
const FLOATS: Readonly<Record<string, (value: number) => string>> = {
  f2: pythonFloat16,
  f4: pythonFloat32,
  f8: pythonFloat,
};

/** In characters: of a cell of a table. */
const MAX_CELL = 60;

/** How an element of an array is written in a table. */
export function elementWriter(descr: NdArray["descr"]): (element: unknown) => string {
  const float = typeof descr === "string" ? FLOATS[descr.slice(1)] : undefined;
  if (float !== undefined) return (element) => float(element as number);
  return (element) => cut(showElement(element), MAX_CELL).text;
}

function showElement(element: unknown): string {
  if (typeof element === "string") return element;
  if (element instanceof Uint8Array) return hex(element);
  // Two numbers: a complex one.
  if (typeof element !== "object") return String(element);
  return JSON.stringify(element, (_, part: unknown) => {
    if (part instanceof Uint8Array) return hex(part);
    return typeof part === "bigint" || (typeof part === "number" && !Number.isFinite(part)) ? String(part) : part;
  });
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, MAX_CELL), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
