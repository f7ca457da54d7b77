export { type CephCluster, type CephGateway, createCephUser, missingCeph, startCeph, startGateway } from "./ceph.ts";
export { type Daemon, freePort, isInstalled, startDaemon } from "./daemon.ts";
export { missingRedis, type Redis, startRedis, startRedisCluster } from "./redis.ts";
export { sharedCeph } from "./setup.ts";
