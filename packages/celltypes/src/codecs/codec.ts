/** How a value becomes a buffer. */
export type Serializer = (value: unknown, options: WriteOptions) => Uint8Array;

export interface WriteOptions {
  /** How long the buffer may be, in bytes; by default as long as it gets, but arrays of strings: see `NdArray.from`. */
  readonly maxBytes: number | undefined;
}

/** How a buffer becomes a value. */
export type Parser<Value = unknown> = (bytes: Uint8Array, options: ReadOptions) => Value;

export interface ReadOptions {
  /** Whole floats as `Float`, dicts as `Map`, so that read-then-write gives the same buffer. */
  readonly lossless: boolean;
  /** The bytes belong to others too: what is given out must not let anyone change them. */
  readonly shared: boolean;
}
