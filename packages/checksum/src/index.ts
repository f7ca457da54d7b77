export type { AbortOptions } from "@seamless/internal/abort";
export type { BytesLike } from "@seamless/internal/bytes";
export { Checksum, type ChecksumLike, createSha256, type Sha256, sha256 } from "./checksum.ts";
export { compareIndexes, type IndexChange } from "./compare-indexes.ts";
export { type DirectoryIndex, type IndexLimits, parseIndex, serializeIndex } from "./directory-index.ts";
export {
  CacheMissError,
  type ErrorCode,
  type ErrorDetails,
  type ErrorFields,
  isSeamlessError,
  SeamlessError,
  type SeamlessErrorOf,
} from "./errors.ts";
export { readFileBytes, writeFileBytes } from "./files.ts";
export { isNestedChecksum, type NestedChecksum, type NestedEntry, toNestedChecksum, walkChecksums } from "./nested.ts";
export { ProvenBytes, proveBytes, proveInSlices } from "./proven.ts";
export { type Decode, ProvenDecoding, proveDecoding } from "./proven-decoding.ts";
export {
  type BufferLike,
  type CelltypeName,
  type CelltypeValues,
  currentRuntime,
  installRuntime,
  type Reference,
  type ReferenceOptions,
  type ResolveOptions,
  type Runtime,
  type TempReferenceOptions,
  type TransferProgress,
} from "./runtime.ts";
export { copyInSlices, hashInSlices, inSlices } from "./slices.ts";
