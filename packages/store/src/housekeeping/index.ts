export { type CopyOptions, type CopyProgress, type CopyReport, copyBuffers, syncStores } from "./copy.ts";
export {
  type Checksums,
  type CollectGarbageOptions,
  type CollectProgress,
  collectGarbage,
  type GarbageReport,
} from "./garbage.ts";
export type { Amount } from "./listing.ts";
export { type StoreUsage, storeUsage } from "./usage.ts";
