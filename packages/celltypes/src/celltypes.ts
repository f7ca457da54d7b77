import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import type { Shared } from "./array/memory.ts";
import type { NdArray } from "./array/ndarray.ts";
import { asBytes, checkMaxBytes, checkSize, type SizeOptions } from "./errors.ts";
import type { Float } from "./values.ts";

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

/** How a value becomes a buffer. */
export type Serializer = (value: unknown, options: WriteOptions) => Uint8Array;

interface WriteOptions {
  /** How long the buffer may be, in bytes; by default as long as it gets, but arrays of strings: see `NdArray.from`. */
  readonly maxBytes: number | undefined;
}

/** How a buffer becomes a value. */
export type Parser<Value = unknown> = (bytes: Uint8Array, options: ReadOptions) => Value;

export interface ReadOptions {
  /** Whole floats as `Float`, dicts as `Map`, so that read-then-write gives the same buffer. */
  readonly lossless: boolean;
  /** The bytes belong to others too: what is given out must not let anyone change them. */
  readonly shared: Shared;
}

/**
 * The entry of a celltype in a table.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` for an unknown celltype.
 */
export function lookUp<T>(table: Readonly<Record<Celltype, T>>, celltype: Celltype): T {
  if (Object.hasOwn(table, celltype)) return table[celltype];
  throw new SeamlessError(
    "INVALID_ARGUMENT",
    `there is no celltype ${describe(celltype)}; there are ${CELLTYPES.join(", ")}`,
  );
}

/** Runs a parser; its errors name the celltype. */
export function readAs<Value>(
  celltype: Celltype,
  parser: Parser<Value>,
  bytes: Uint8Array,
  { lossless = false, shared = false }: { readonly [Key in keyof ReadOptions]?: ReadOptions[Key] | undefined },
): Value {
  return within(celltype, "read", () => parser(asBytes(bytes), { lossless, shared }));
}

/**
 * Runs a serializer; its errors name the celltype.
 *
 * @throws {SeamlessError} also `TOO_LARGE` for a buffer over `maxBytes`.
 */
export function writeAs(celltype: Celltype, serializer: Serializer, value: unknown, options: SizeOptions): Uint8Array {
  const maxBytes = checkMaxBytes(options.maxBytes);
  return within(celltype, "write", () => {
    const bytes = serializer(value, { maxBytes });
    if (maxBytes !== undefined) checkSize(bytes.byteLength, maxBytes, "a buffer");
    return bytes;
  });
}

/** Do something for a celltype; its errors say for which, and limits of the engine become ours. */
function within<T>(celltype: Celltype, doing: "read" | "write", work: () => T): T {
  try {
    return work();
  } catch (error) {
    const what = doing === "read" ? `cannot read this buffer as ${celltype}` : `cannot write this value as ${celltype}`;
    if (isSeamlessError(error)) {
      if (error.celltype !== undefined) throw error;
      const { code, message, path, offset, line, column, file, checksum, cause } = error;
      throw new SeamlessError(code, `${what}: ${message}`, {
        celltype,
        path,
        offset,
        line,
        column,
        file,
        checksum,
        cause,
      });
    }
    // Too long for a string, an array or the memory: only the engine knows beforehand.
    if (error instanceof RangeError) {
      throw new SeamlessError("TOO_LARGE", `${what}: the JavaScript engine's limit is reached (${error.message})`, {
        celltype,
        cause: error,
      });
    }
    throw error;
  }
}
