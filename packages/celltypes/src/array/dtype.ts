import { describe } from "@seamless/internal/text";
import type { ToError } from "../errors.ts";
import { byteLengthOf, checkAxes } from "./shape.ts";

/** What the elements of an array are: a tree, whose inner nodes are structs and sub-arrays. */
export type Dtype = PlainDtype | TimeDtype | StructDtype | SubarrayDtype;

/** Kinds that their size and byte order describe. `bytes` is NumPy's `S`, `string` its `U` (UTF-32), `void` its `V`. */
export type PlainKind = "bool" | "int" | "uint" | "float" | "complex" | "bytes" | "string" | "void";

interface DtypeBase {
  /** Bytes of one element; 0 for empty strings and structs. */
  readonly itemsize: number;
  /** `true` too where there is no byte order. */
  readonly littleEndian: boolean;
}

export interface PlainDtype extends DtypeBase {
  readonly kind: PlainKind;
}

export interface TimeDtype extends DtypeBase {
  readonly kind: "datetime" | "timedelta";
  /** `undefined` is NumPy's generic unit. */
  readonly unit: TimeUnit | undefined;
}

/** Fields in the order of memory; what lies between them and after the last is padding. */
export interface StructDtype extends DtypeBase {
  readonly kind: "struct";
  readonly fields: readonly Field[];
}

/** Only ever the dtype of a field, or of the elements of another sub-array. Its elements are in C order. */
export interface SubarrayDtype extends DtypeBase {
  readonly kind: "subarray";
  readonly base: Dtype;
  readonly shape: readonly number[];
}

interface Field {
  readonly name: string;
  readonly dtype: Dtype;
  /** In bytes from the start of the struct. */
  readonly offset: number;
}

/** Sizes that each numeric kind has, in bytes. */
export const NUMERIC_SIZES: Readonly<Partial<Record<PlainKind, readonly number[]>>> = {
  bool: [1],
  int: [1, 2, 4, 8],
  uint: [1, 2, 4, 8],
  float: [2, 4, 8, 16],
  complex: [8, 16, 32],
};

/** Bytes of C's `long double` on 64-bit machines: of a float, or of each part of a complex number. */
const LONG_DOUBLE = 16;

/**
 * Is it of long doubles? Their bytes are kept as they are, but which number they are depends on the machine that wrote
 * them: 80 bits with padding, 128 bits, or two doubles. The `.npy` does not say.
 */
export function isLongDouble({ kind, itemsize }: Dtype): boolean {
  return (kind === "float" && itemsize === LONG_DOUBLE) || (kind === "complex" && itemsize === 2 * LONG_DOUBLE);
}

/** NumPy keeps sizes of elements in a C int. */
export const MAX_ITEMSIZE = 2 ** 31 - 1;

/** What a `datetime64` or `timedelta64` counts: `{ name: "s", count: 25 }` is steps of 25 seconds. */
export interface TimeUnit {
  readonly name: TimeUnitName;
  readonly count: number;
}

const NAMES = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"] as const;

export type TimeUnitName = (typeof NAMES)[number];

/**
 * The unit in square brackets, as in `M8[25s]`.
 *
 * @param text - Nothing, `[generic]`, or a unit in brackets with or without a count.
 * @returns the unit, `undefined` for the generic one, or `null` if it is not a unit. NumPy's fractions (`[s/2]`), which it
 * reads but never writes, are not accepted.
 */
function parseTimeUnit(text: string): TimeUnit | undefined | null {
  if (text === "" || text === "[generic]") return undefined;
  const [, digits = "", letters = ""] = /^\[(\d{0,10})([a-zA-Zμ]{1,2})\]$/.exec(text) ?? [];
  const name = NAMES.find((known) => known === letters.replace("μ", "u"));
  const count = digits === "" ? 1 : Number(digits);
  return name === undefined || count < 1 || count > 2 ** 31 - 1 ? null : { name, count };
}

function showTimeUnit(unit: TimeUnit | undefined): string {
  if (unit === undefined) return "";
  return `[${unit.count === 1 ? "" : unit.count}${unit.name}]`;
}

/**
 * A dtype in NumPy's notation, as in the header of an `.npy`: `"<f8"`, `"|S5"`, or a list of fields. The elements of a
 * sub-array that is itself of sub-arrays are noted as `[descr, shape]`.
 */
export type Descr = string | readonly DescrField[] | DescrSubarray;

/** One field of a struct; `["", "|V3"]` is three bytes of padding. */
export type DescrField =
  | readonly [name: string, descr: Descr]
  | readonly [name: string, descr: Descr, shape: readonly number[]];

export type DescrSubarray = readonly [descr: Descr, shape: readonly number[]];

/**
 * Arrays of one mixed buffer share their dtype: thousands of them must not each have a notation of thousands of fields. Only
 * whole dtypes are remembered, not each of their fields.
 */
const known = new WeakMap<Dtype, Descr>();

/** NumPy's own notation of a dtype (its `dtype_to_descr`), deeply frozen. */
export function descrOf(dtype: Dtype): Descr {
  const descr = known.get(dtype) ?? notate(dtype);
  known.set(dtype, descr);
  return descr;
}

function notate(dtype: Dtype): Descr {
  switch (dtype.kind) {
    case "struct":
      return structDescr(dtype);
    case "subarray":
      return Object.freeze([notate(dtype.base), dtype.shape] as const);
    case "datetime":
    case "timedelta":
      return `${orderMark(dtype)}${dtype.kind === "datetime" ? "M8" : "m8"}${showTimeUnit(dtype.unit)}`;
    default:
      return `${orderMark(dtype)}${LETTERS[dtype.kind]}${dtype.kind === "string" ? dtype.itemsize / 4 : dtype.itemsize}`;
  }
}

const LETTERS = {
  bool: "b",
  int: "i",
  uint: "u",
  float: "f",
  complex: "c",
  bytes: "S",
  string: "U",
  void: "V",
} as const;
const KINDS: readonly PlainKind[] = ["bool", "int", "uint", "float", "complex", "bytes", "string", "void"];

/** `|` where there is no byte order; an empty `U` string still has one. */
function orderMark({ kind, itemsize, littleEndian }: Dtype): string {
  if (kind === "bool" || kind === "bytes" || kind === "void") return "|";
  if (itemsize === 1) return "|";
  return littleEndian ? "<" : ">";
}

/** Gaps between fields and after the last are padding; NumPy notes each as one run. */
function structDescr({ fields, itemsize }: StructDtype): readonly DescrField[] {
  const noted: DescrField[] = [];
  let end = 0;
  const pad = (until: number) => {
    if (until > end) noted.push(Object.freeze(["", `|V${until - end}`] as const));
  };
  for (const field of fields) {
    pad(field.offset);
    noted.push(fieldDescr(field));
    end = field.offset + field.dtype.itemsize;
  }
  pad(itemsize);
  return Object.freeze(noted);
}

function fieldDescr({ name, dtype }: Field): DescrField {
  if (dtype.kind === "subarray") return Object.freeze([name, notate(dtype.base), dtype.shape] as const);
  return Object.freeze([name, notate(dtype)] as const);
}

// Python reads no more than 200 open brackets: what is nested deeper could be written, but not read back. The header's
// own dict is one, a struct two, a sub-array within a sub-array one.
const MAX_BRACKETS = 200;

/**
 * Read a dtype in NumPy's notation, from a header or from a user.
 *
 * @param descr - Anything.
 * @throws what `toError` makes: for objects (`|O`), titles, equal names, unknown types, absurd sizes and depths.
 */
export function parseDescr(descr: unknown, toError: ToError): Dtype {
  const dtype = parseAt(descr, toError, 1);
  if (dtype.kind === "subarray") throw toError("a sub-array is the type of a field, not of an array");
  return dtype;
}

function parseAt(descr: unknown, toError: ToError, brackets: number): Dtype {
  if (typeof descr === "string") return parseTypeString(descr, toError);
  if (!Array.isArray(descr)) throw toError(`a dtype is a string or a list of fields, not ${describe(descr)}`);
  if (brackets + 2 > MAX_BRACKETS) throw toError("the dtype is nested too deeply");
  return isSubarray(descr)
    ? subarray(parseAt(descr[0], toError, brackets + 1), descr[1], toError)
    : parseStruct(descr, toError, brackets + 2);
}

/** Fields begin with a name and are never empty, so a list of numbers in second place can only be a shape. */
export function isSubarray<Part>(descr: readonly Part[] | DescrSubarray): descr is DescrSubarray {
  const [, shape] = descr;
  return descr.length === 2 && Array.isArray(shape) && shape.every((length) => typeof length === "number");
}

function parseTypeString(descr: string, toError: ToError): Dtype {
  const [, mark, letter = "", digits = "", unit = ""] = /^([<>|=]?)([a-zA-Z])(\d*)(.*)$/s.exec(descr) ?? [];
  if (letter === "O") throw toError("arrays of Python objects are never read nor written");
  const littleEndian = mark !== ">";
  const size = digits.length > 10 ? Infinity : Number(digits);
  if (letter === "M" || letter === "m") {
    const parsed = parseTimeUnit(unit);
    if (size !== 8 || parsed === null) throw unknownDtypeError(descr, toError);
    return { kind: letter === "M" ? "datetime" : "timedelta", itemsize: 8, littleEndian, unit: parsed };
  }
  const kind = KINDS.find((known) => LETTERS[known] === letter);
  if (kind === undefined || unit !== "") throw unknownDtypeError(descr, toError);
  const sizes = NUMERIC_SIZES[kind];
  if (sizes !== undefined && !sizes.includes(size)) throw unknownDtypeError(descr, toError);
  const itemsize = kind === "string" ? size * 4 : size;
  if (itemsize > MAX_ITEMSIZE) throw toError(`the elements of ${describe(descr)} have over ${MAX_ITEMSIZE} bytes`);
  return plain(kind, itemsize, littleEndian);
}

function plain(kind: PlainKind, itemsize: number, littleEndian: boolean): PlainDtype {
  const ordered = kind !== "bytes" && kind !== "void" && itemsize !== 1;
  return { kind, itemsize, littleEndian: littleEndian || !ordered };
}

function unknownDtypeError(descr: string, toError: ToError): Error {
  return toError(`${describe(descr)} is not a dtype (such as "<f8", "|b1", "|S5", "<U3" or "<M8[ns]")`);
}

function parseStruct(descr: readonly unknown[], toError: ToError, brackets: number): StructDtype {
  const fields: Field[] = [];
  const names = new Set<string>();
  let itemsize = 0;
  for (const entry of descr) {
    const { name, dtype } = parseField(entry, toError, brackets);
    if (!isPadding(name, dtype)) {
      if (names.has(name)) throw toError(`two fields are called ${describe(name)}`);
      names.add(name);
      fields.push({ name, dtype, offset: itemsize });
    }
    itemsize += dtype.itemsize;
    if (itemsize > MAX_ITEMSIZE) throw toError(`the elements have over ${MAX_ITEMSIZE} bytes`);
  }
  return { kind: "struct", itemsize, littleEndian: true, fields };
}

function parseField(entry: unknown, toError: ToError, brackets: number): { name: string; dtype: Dtype } {
  if (!Array.isArray(entry) || entry.length < 2 || entry.length > 3) {
    throw toError(`a field is [name, descr] or [name, descr, shape], not ${describe(entry)}`);
  }
  const [name, descr, shape] = entry as unknown[];
  if (Array.isArray(name)) throw toError("fields with titles are not supported");
  if (typeof name !== "string") throw toError(`the name of a field is a string, not ${describe(name)}`);
  const dtype = parseAt(descr, toError, brackets);
  return { name, dtype: entry.length === 3 ? subarray(dtype, shape, toError) : dtype };
}

/** As NumPy decides it: to it, sub-arrays are void, whatever they hold. */
function isPadding(name: string, { kind }: Dtype): boolean {
  return name === "" && (kind === "void" || kind === "subarray");
}

function subarray(base: Dtype, given: unknown, toError: ToError): Dtype {
  const shape = checkAxes(typeof given === "number" ? [given] : given, toError);
  if (shape.length === 0) return base;
  const itemsize = byteLengthOf(shape, base.itemsize, toError);
  if (shape.some((length) => length > MAX_ITEMSIZE) || itemsize > MAX_ITEMSIZE) {
    throw toError(`a sub-array of shape (${shape.join(", ")}) has over ${MAX_ITEMSIZE} bytes`);
  }
  return { kind: "subarray", itemsize, littleEndian: true, base, shape };
}
