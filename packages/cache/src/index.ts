export { installRuntime } from "@seamless/checksum";
export { BufferCache } from "./cache/buffer-cache.ts";
export type { BufferCacheOptions, Cap } from "./cache/options.ts";
export type { TemprefDefaults } from "./cache/references.ts";
export type { CacheEvents, CacheStats, Disposal, DisposalReason, Listener, Pressure } from "./cache/reports.ts";
export type { Amount } from "./cache/residency.ts";
export { type CostModel, defaultCosts } from "./cost/model.ts";
export { type CachePort, type Recipe, Resolver, type ResolverOptions } from "./resolve/resolver.ts";
export { type CacheRuntime, createRuntime, type RuntimeOptions, type RuntimeStats } from "./runtime.ts";
export { Fingertipper, type FingertipperOptions, type TransformationResult } from "./transformations/fingertip.ts";
export {
  type MemoryRecordOptions,
  memoryRecord,
  type RecordEntry,
  type TransformationRecord,
} from "./transformations/record.ts";
export { Transformation, type TransformationInput, type TransformationSpec } from "./transformations/transformation.ts";
export {
  type FunctionContext,
  type PureFunction,
  Transformations,
  type TransformationsOptions,
} from "./transformations/transformations.ts";
export type { BackoffOptions, CloseOptions, WriterCache, WriterOptions, WriterStats } from "./writer/options.ts";
export { BackgroundWriter } from "./writer/writer.ts";
