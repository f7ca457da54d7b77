import type { Dtype, Field, StructDtype } from "./dtype.ts";
import { showTimeUnit } from "./time-unit.ts";

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
