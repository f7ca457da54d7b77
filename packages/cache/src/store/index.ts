export { onAbort, untilAborted } from "./abort.ts";
export { type MemoryStoreOptions, memoryStore } from "./memory.ts";
export {
  joinPieces,
  type PiecesOptions,
  type StreamOptions,
  streamPieces,
  verifiedPieces,
  verifiedStream,
} from "./pieces.ts";
export { mismatch, requireWritable, verifyBytes } from "./refusals.ts";
export type {
  CheckOptions,
  CheckProgress,
  CheckResult,
  CostClass,
  PutStreamOptions,
  Store,
  StoreOptions,
} from "./store.ts";
