export { BufferCache } from "./cache.ts";
export type { Cap } from "./caps.ts";
export type { CacheEvents, Disposal, DisposalReason, Listener } from "./events.ts";
export type { TemprefDefaults } from "./fade.ts";
export type { BufferCacheOptions, RoomOptions } from "./options.ts";
export type { Amount, CacheStats, Pressure } from "./stats.ts";
