export { onAbort, untilAborted } from "@seamless/checksum";
export { type MemoryStoreOptions, memoryStore } from "./memory.ts";
export {
  joinPieces,
  type PiecesOptions,
  type StreamOptions,
  streamPieces,
  verifiedPieces,
  verifiedStream,
} from "./pieces.ts";
export {
  getFrom,
  lengthOf,
  type ProvenMethods,
  proveVerified,
  putTo,
  withProofs,
} from "./proofs.ts";
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
