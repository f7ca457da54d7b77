export {
  joinPieces,
  type PiecesOptions,
  type StreamOptions,
  streamPieces,
  verifiedPieces,
  verifiedStream,
} from "./chunks.ts";
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { type ManualClock, manualClock } from "./manual-clock.ts";
export { type MemoryStoreOptions, memoryStore } from "./memory.ts";
export { getFrom, lengthOf, type ProvenMethods, proveVerified, putTo, withProofs } from "./proofs.ts";
export { mismatch, requireWritable, verifyBytes } from "./refusals.ts";
export type {
  CheckOptions,
  CheckProgress,
  CheckResult,
  CostClass,
  GetStreamOptions,
  PieceMemory,
  PutStreamOptions,
  Store,
  StoreOptions,
} from "./store.ts";
export { type VerifyInSlicesOptions, verifyInSlices } from "./verify.ts";
