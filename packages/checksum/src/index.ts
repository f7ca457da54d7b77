export { type AbortOptions, onAbort, untilAborted } from "@seamless/internal/abort";
export { compareCodePoints, hasLoneSurrogate, sortByCodePoint } from "@seamless/internal/code-points";
export { describe } from "@seamless/internal/text";
export { asBytes, type BytesLike } from "./bytes.ts";
export { Checksum, type ChecksumLike } from "./checksum.ts";
export { type DirectoryIndex, type IndexLimits, parseIndex, serializeIndex } from "./directory-index.ts";
export {
  CacheMissError,
  type ErrorCode,
  type ErrorDetails,
  isSeamlessError,
  SeamlessError,
} from "./errors.ts";
export { readFileBytes, writeFileBytes } from "./files.ts";
export { isNestedChecksum, type NestedChecksum, type NestedEntry, toNestedChecksum, walkChecksums } from "./nested.ts";
export { ProvenBytes, proveBytes, proveInSlices } from "./proven.ts";
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
  requireRuntime,
  type TempReferenceOptions,
} from "./runtime.ts";
export { createSha256, type Sha256, sha256 } from "./sha256.ts";
export { copyInSlices, hashInSlices, inSlices } from "./slices.ts";
export { nextTurn } from "./turns.ts";
