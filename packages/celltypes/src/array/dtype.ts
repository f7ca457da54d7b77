import type { TimeUnit } from "./time-unit.ts";

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

export interface Field {
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

/** Axes that NumPy 2 allows. */
export const MAX_AXES = 64;
