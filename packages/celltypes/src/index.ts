export type { Descr, DescrField, DescrSubarray } from "./array/dtype.ts";
export type { NdArrayOptions, NumberArray } from "./array/memory.ts";
export { NdArray, type ViewOptions } from "./array/ndarray.ts";
export { Buffer, type BufferOptions } from "./buffer.ts";
export {
  CELLTYPES,
  type Celltype,
  type ChecksumValue,
  type LosslessChecksumValue,
  type LosslessMixedValue,
  type LosslessPlainValue,
  type LosslessValueOf,
  type LosslessValues,
  type MixedValue,
  type PlainValue,
  type ValueOf,
  type Values,
} from "./celltypes.ts";
export { loadCodeSupport } from "./code-support.ts";
export { defaultMaxBytes, type SizeOptions } from "./errors.ts";
export { type ParseOptions, parse } from "./parse.ts";
export { type SerializeOptions, serialize } from "./serialize.ts";
export { Float } from "./values.ts";
