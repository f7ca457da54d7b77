import { installDefault, warnOnExit } from "./default-runtime.ts";

// The default runtime, and others.

export {
  type BackgroundWriter,
  type BackoffOptions,
  type CacheRuntime,
  type CloseOptions,
  createRuntime,
  type RuntimeOptions,
  type RuntimeStats,
  type WriterOptions,
  type WriterStats,
} from "@seamless/cache";
export {
  type AbortOptions,
  type BufferLike,
  type CelltypeName,
  type CelltypeValues,
  currentRuntime,
  installRuntime,
  type ProvenBytes,
  type Reference,
  type ReferenceOptions,
  type ResolveOptions,
  type Runtime,
  type TempReferenceOptions,
  type TransferProgress,
} from "@seamless/checksum";
export { type ConfigureOptions, close, configure } from "./default-runtime.ts";

// Checksums and errors.

export {
  type BytesLike,
  CacheMissError,
  Checksum,
  type ChecksumLike,
  createSha256,
  type DirectoryIndex,
  type ErrorCode,
  type ErrorDetails,
  type ErrorFields,
  type IndexLimits,
  isNestedChecksum,
  isSeamlessError,
  type NestedChecksum,
  type NestedEntry,
  parseIndex,
  SeamlessError,
  type SeamlessErrorOf,
  type Sha256,
  serializeIndex,
  sha256,
  toNestedChecksum,
  walkChecksums,
} from "@seamless/checksum";

// Values, buffers and conversions.

export {
  Buffer,
  type BufferOptions,
  CELLTYPES,
  type Celltype,
  type ChecksumValue,
  type Descr,
  type DescrField,
  type DescrSubarray,
  Float,
  type LosslessChecksumValue,
  type LosslessMixedValue,
  type LosslessPlainValue,
  type LosslessValueOf,
  type LosslessValues,
  loadCodeSupport,
  type MixedValue,
  NdArray,
  type NdArrayOptions,
  type NumberArray,
  type ParseOptions,
  type PlainValue,
  parse,
  type SerializeOptions,
  type SizeOptions,
  serialize,
  type ValueOf,
  type Values,
  type ViewOptions,
} from "@seamless/celltypes";
export {
  type AllowedPair,
  type Category,
  type Conversion,
  type ConversionClass,
  ConversionError,
  type ConversionErrorCode,
  type ConversionErrorDetails,
  type ConversionMemo,
  type ConvertOptions,
  category,
  classify,
  conversionMemo,
  convert,
  convertBuffer,
  type ElementaryCategory,
  type Entry,
  type GetBuffer,
  type MemoLimits,
  needsBuffer,
  plan,
  type Step,
  type TargetOf,
} from "@seamless/conversion";

// The cache.

export {
  type Amount,
  BufferCache,
  type BufferCacheOptions,
  type CacheEvents,
  type CacheStats,
  type Cap,
  type CostModel,
  type Disposal,
  type DisposalReason,
  defaultCosts,
  type Listener,
  type Pressure,
  type Recipe,
  type TemprefDefaults,
} from "@seamless/cache";

// Transformations.

export {
  type FunctionContext,
  type MemoryRecordOptions,
  memoryRecord,
  type PureFunction,
  type RecordEntry,
  Transformation,
  type TransformationInput,
  type TransformationRecord,
  type TransformationResult,
  type TransformationSpec,
  Transformations,
  type TransformationsOptions,
} from "@seamless/cache";

// Stores, and their clock.

export {
  type CorruptFile,
  type DirectoryLayout,
  type DirectoryStore,
  type DirectoryStoreOptions,
  directoryStore,
  type HashserverHandler,
  type HashserverHandlerOptions,
  type HashserverRequest,
  type HashserverResponse,
  type HashserverStore,
  type HashserverStoreOptions,
  hashserverHandler,
  hashserverStore,
  type OpenStoreOptions,
  openStore,
  type TieredStore,
  type TieredStoreOptions,
  type TierStats,
  tieredStore,
  type VerifyOptions,
  type VerifyProgress,
  type VerifyReport,
  type VerifyStep,
  webHandler,
} from "@seamless/remote";
export {
  type CheckOptions,
  type CheckProgress,
  type CheckResult,
  type Clock,
  type CostClass,
  type GetStreamOptions,
  type ListedBuffer,
  type ManualClock,
  type MemoryStoreOptions,
  manualClock,
  memoryStore,
  type PutStreamOptions,
  type Store,
  systemClock,
  type Timer,
  type TransferOptions,
} from "@seamless/store";

installDefault();
warnOnExit();
