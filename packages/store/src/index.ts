export {
  type ChunksOptions,
  joinChunks,
  type StreamOptions,
  streamChunks,
  verifiedChunks,
  verifiedStream,
} from "./chunks.ts";
export { type Clock, type ManualClock, manualClock, systemClock, type Timer } from "./clock.ts";
export { type MemoryStoreOptions, memoryStore } from "./memory.ts";
export {
  getFrom,
  lengthOf,
  mismatchError,
  type ProvenMethods,
  proveVerified,
  putTo,
  requireWritable,
  type VerifyInSlicesOptions,
  verifyInSlices,
  withProofs,
} from "./proofs.ts";
export { isLasting } from "./retry.ts";
export type {
  CheckOptions,
  CheckProgress,
  CheckResult,
  ChunkMemory,
  CostClass,
  GetStreamOptions,
  PutStreamOptions,
  Store,
} from "./store.ts";
