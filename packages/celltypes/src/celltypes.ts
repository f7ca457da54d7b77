import type { Checksum } from "@seamless/checksum";
import type { NdArray } from "./array/ndarray.ts";
import type { Float } from "./values/float.ts";

/** The 13 celltypes, in the order of the conversion matrix. */
export const CELLTYPES = [
  "binary",
  "mixed",
  "text",
  "python",
  "ipython",
  "plain",
  "yaml",
  "str",
  "bytes",
  "int",
  "float",
  "bool",
  "checksum",
] as const;

/** How a value becomes a buffer and back. */
export type Celltype = (typeof CELLTYPES)[number];

/** What reading JSON gives. Integers beyond the safe range are bigints. */
export type PlainValue = null | boolean | number | bigint | string | PlainValue[] | { [key: string]: PlainValue };

/** What reading `mixed` gives: JSON with arrays in it; bytes come back as zero-dimensional arrays. */
export type MixedValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | NdArray
  | MixedValue[]
  | { [key: string]: MixedValue };

/** A checksum, or a list or dict of them, nested at will. */
export type ChecksumValue = Checksum | ChecksumValue[] | { [key: string]: ChecksumValue };

/** In lossless mode every dict is a `Map`, in the order of the source, and every whole float a `Float`. */
export type LosslessPlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | LosslessPlainValue[]
  | Map<string, LosslessPlainValue>;

export type LosslessMixedValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | NdArray
  | LosslessMixedValue[]
  | Map<string, LosslessMixedValue>;

export type LosslessChecksumValue = Checksum | LosslessChecksumValue[] | Map<string, LosslessChecksumValue>;

/** What reading each celltype gives. */
export interface Values {
  binary: NdArray | null;
  mixed: MixedValue;
  text: string;
  python: string;
  ipython: string;
  plain: PlainValue;
  yaml: string;
  str: string | null;
  bytes: Uint8Array;
  int: number | bigint | null;
  float: number | null;
  bool: boolean | null;
  checksum: ChecksumValue | null;
}

/** What reading each celltype gives in lossless mode: writing it again gives the same buffer. */
export interface LosslessValues extends Omit<Values, "mixed" | "plain" | "float" | "checksum"> {
  mixed: LosslessMixedValue;
  plain: LosslessPlainValue;
  float: number | Float | null;
  checksum: LosslessChecksumValue | null;
}

/** What reading a celltype gives. */
export type ValueOf<C extends Celltype> = Values[C];

/** What reading a celltype in lossless mode gives. */
export type LosslessValueOf<C extends Celltype> = LosslessValues[C];

// What `checksum.resolve("int")` gives, wherever this package is imported.
declare module "@seamless/checksum" {
  interface CelltypeValues extends Values {}
}
