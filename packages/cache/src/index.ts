export {
  type Amount,
  BufferCache,
  type BufferCacheOptions,
  type CacheEvents,
  type CacheStats,
  type Cap,
  type Disposal,
  type DisposalReason,
  type Listener,
  type Pressure,
  type RoomOptions,
  type TemprefDefaults,
} from "./cache/index.ts";
export { type Clock, type ManualClock, manualClock, systemClock, type Timer } from "./clock/index.ts";
export { type CostModel, defaultCosts } from "./cost/index.ts";
export {
  type CachePort,
  platformTimers,
  type Recipe,
  Resolver,
  type ResolverOptions,
  type Timers,
  trivialBuffer,
} from "./resolve/index.ts";
export {
  CacheRuntime,
  createRuntime,
  installRuntime,
  type RuntimeOptions,
  type RuntimeStats,
} from "./runtime/index.ts";
export {
  type CostClass,
  joinPieces,
  type MemoryStoreOptions,
  memoryStore,
  mismatch,
  onAbort,
  type PiecesOptions,
  type PutStreamOptions,
  requireWritable,
  type Store,
  type StoreOptions,
  streamPieces,
  untilAborted,
  verifiedPieces,
  verifiedStream,
  verifyBytes,
} from "./store/index.ts";
export {
  Fingertipper,
  type FingertipperOptions,
  type FunctionContext,
  type MemoryRecordOptions,
  memoryRecord,
  type PureFunction,
  type RecordEntry,
  type RecordOptions,
  Transformation,
  type TransformationInput,
  type TransformationRecord,
  type TransformationResult,
  type TransformationSpec,
  Transformations,
  type TransformationsOptions,
} from "./transformations/index.ts";
export {
  BackgroundWriter,
  type BackoffOptions,
  type WriterCache,
  type WriterOptions,
  type WriterStats,
} from "./writer/index.ts";
