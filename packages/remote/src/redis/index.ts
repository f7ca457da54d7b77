export type { RedisClient, RedisCluster, RedisStoreOptions } from "./options.ts";
export { type RedisStore, redisStore } from "./store.ts";
