export { tieredStore } from "./tiered-store.ts";
export type { TieredStore, TieredStoreOptions, TierStats, WritePolicy } from "./types.ts";
