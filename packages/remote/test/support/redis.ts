import { Buffer } from "node:buffer";
import type { Checksum } from "@seamless/checksum";
import { missingRedis, type Redis, startRedis, startRedisCluster } from "@seamless-tools/engines";
import { createClient, createCluster } from "redis";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { unavailable } from "../../../../tools/build/unavailable.ts";
import type { RedisStoreOptions } from "../../src/redis/index.ts";

/** Stores of tests do not make them wait. */
export const FAST = { retries: { count: 2, firstDelay: 1 } } satisfies RedisStoreOptions;

/** Length of a chunk, said once more by somebody else. */
export const CHUNK = 4 * 2 ** 20;

/** Leaves tests out where there is no Redis. */
export function needRedis(): void {
  beforeEach(({ skip }) => {
    const missing = missingRedis();
    if (missing !== undefined) unavailable(skip, missing);
  });
}

/** A server for the tests of a file. */
export function redisServer(settings: Readonly<Record<string, string>> = {}): { readonly redis: Redis } {
  needRedis();
  let redis: Redis | undefined;
  beforeAll(async () => {
    if (missingRedis() === undefined) redis = await startRedis(settings);
  });
  afterAll(() => redis?.stop());
  return {
    get redis() {
      return redis!;
    },
  };
}

/** A cluster of three for the tests of a file. */
export function redisCluster(): { readonly nodes: readonly Redis[] } {
  needRedis();
  let nodes: readonly Redis[] = [];
  beforeAll(async () => {
    if (missingRedis() === undefined) nodes = await startRedisCluster(3);
  }, 30_000);
  afterAll(async () => void (await Promise.all(nodes.map((node) => node.stop()))));
  return {
    get nodes() {
      return nodes;
    },
  };
}

/** A client of the package itself: what others see. */
export async function connect(url: string, options: object = {}) {
  const client = createClient({ url, ...options });
  client.on("error", () => {});
  await client.connect();
  return client;
}

export async function connectCluster(url: string) {
  const cluster = createCluster({ rootNodes: [{ url }] });
  cluster.on("error", () => {});
  await cluster.connect();
  return cluster;
}

type Setter = { set(key: string, value: string | Buffer): Promise<unknown> };

/** Puts bytes, right or wrong, in the form of the README: by hand. */
export async function plant(client: Setter, prefix: string, checksum: Checksum, bytes: Uint8Array): Promise<void> {
  const key = `${prefix}:{${checksum.hex()}}`;
  if (bytes.byteLength <= CHUNK) {
    await client.set(key, Buffer.concat([Buffer.from(`=${bytes.byteLength},${Date.now()}:`), bytes]));
    return;
  }
  const upload = "0123456789abcdef";
  for (let i = 0; i * CHUNK < bytes.byteLength; i++) {
    await client.set(`${key}:${upload}:${i}`, Buffer.from(bytes.slice(i * CHUNK, (i + 1) * CHUNK)));
  }
  await client.set(key, `@${bytes.byteLength},${Date.now()}:${upload}:`);
}

let count = 0;

/** Keys of its own for each test, on a server that several share. */
export function newPrefix(): string {
  return `test/${process.pid}-${++count}`;
}
