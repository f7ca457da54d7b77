export {
  type ChunksOptions,
  joinChunks,
  type StreamOptions,
  streamChunks,
  verifiedChunks,
  verifiedStream,
} from "./chunks.ts";
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { type ManualClock, manualClock } from "./manual-clock.ts";
export { type MemoryStoreOptions, memoryStore } from "./memory.ts";
export { getFrom, lengthOf, type ProvenMethods, proveVerified, putTo, withProofs } from "./proofs.ts";
export { mismatchError, requireWritable } from "./refusals.ts";
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
export { type VerifyInSlicesOptions, verifyInSlices } from "./verify.ts";
