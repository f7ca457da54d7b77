export {
  type ChunksOptions,
  chunkStream,
  joinChunks,
  type StreamOptions,
  streamChunks,
  verifiedChunks,
  verifiedStream,
} from "./chunks.ts";
export { type Clock, type ManualClock, manualClock, systemClock, type Timer } from "./clock.ts";
export { type MemoryStoreOptions, memoryStore } from "./memory.ts";
export { reportProgress, withProgress } from "./progress.ts";
export {
  getFrom,
  lengthOf,
  mismatchError,
  type ProvenMethods,
  proveVerified,
  putTo,
  requireOffset,
  requireWritable,
  type VerifyInSlicesOptions,
  verifyInSlices,
  withProofs,
} from "./proofs.ts";
export { type ResumeOptions, resumedChunks } from "./resume.ts";
export { isLasting } from "./retry.ts";
export type {
  CheckOptions,
  CheckProgress,
  CheckResult,
  ChunkMemory,
  Coding,
  CostClass,
  DeleteOptions,
  EncodedBuffer,
  GetStreamOptions,
  ListedBuffer,
  PutEncodedOptions,
  PutStreamOptions,
  Store,
  TransferOptions,
} from "./store.ts";
