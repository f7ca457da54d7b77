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
export { type CostModel, defaultCosts } from "./cost/index.ts";
export {
  type CachePort,
  type Recipe,
  Resolver,
  type ResolverOptions,
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
  type CloseLimit,
  type CloseOptions,
  closeLimit,
  type WriterCache,
  type WriterOptions,
  type WriterStats,
} from "./writer/index.ts";
