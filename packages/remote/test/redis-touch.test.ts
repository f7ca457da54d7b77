import { Buffer } from "node:buffer";
import type { Checksum } from "@seamless/checksum";
import { collectGarbage } from "@seamless/store/housekeeping";
import { expect, onTestFinished, test } from "vitest";
import { type RedisStoreOptions, redisStore } from "../src/redis/index.ts";
import { CHUNK, connect, FAST, newPrefix, redisServer } from "./support/redis.ts";
import { chunksOf, collect, sample, sumOf } from "./support/sample.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const server = redisServer();

const LONG = sample(2 * CHUNK + 1000, 1);
const SHORT = sample(1000, 2);

async function open(options: RedisStoreOptions = {}) {
  const prefix = newPrefix();
  const store = redisStore({ url: server.redis.url, prefix, ...FAST, ...options });
  const client = await connect(server.redis.url);
  onTestFinished(async () => {
    await store.close();
    client.destroy();
  });
  const key = ({ checksum }: { readonly checksum: Checksum }) => `${prefix}:{${checksum.hex()}}`;
  /** Lets one have been put some time ago. */
  const age = async (one: typeof SHORT, ms: number) => {
    const [head] = /^[=@]\d+,/.exec((await client.getRange(key(one), 0, 40)) ?? "") ?? [""];
    await client.setRange(key(one), head.length, String(Date.now() - ms));
  };
  const ages = async () =>
    (await collect(store.list())).map(({ modified }) => Math.round((Date.now() - modified!) / HOUR));
  return { store, client, key, age, ages };
}

test.each([
  ["touch", (store: ReturnType<typeof redisStore>, one: typeof SHORT) => store.touch([one.checksum])],
  ["put", (store: ReturnType<typeof redisStore>, one: typeof SHORT) => store.put(one.checksum, one.bytes)],
  [
    "putStream",
    (store: ReturnType<typeof redisStore>, one: typeof SHORT) => store.putStream(one.checksum, chunksOf(one.bytes)),
  ],
])("%s of what is there makes it young, and it stays what it is", async (_, renew) => {
  for (const one of [SHORT, LONG]) {
    const { store, age, ages } = await open();
    await store.put(one.checksum, one.bytes);
    await age(one, DAY);
    expect(await ages()).toEqual([24]);
    await renew(store, one);
    expect(await ages()).toEqual([0]);
    expect(sumOf(await store.get(one.checksum))).toBe(one.checksum.hex());
    expect(await store.delete(one.checksum, { minAge: HOUR })).toBe(false);
    await age(one, DAY);
    expect(await store.delete(one.checksum, { minAge: HOUR })).toBe(true);
    expect(await store.has([one.checksum])).toEqual([false]);
  }
});

test("reading makes nothing young, and touch makes nothing older: another clock may be ahead", async () => {
  const { store, age, ages } = await open();
  await store.put(SHORT.checksum, SHORT.bytes);
  await age(SHORT, DAY);
  await store.get(SHORT.checksum);
  expect(await ages()).toEqual([24]);
  await age(SHORT, -2 * HOUR);
  expect(await store.touch([SHORT.checksum])).toEqual([true]);
  expect(await ages()).toEqual([-2]);
});

test("what is missing, in whole or in part, or is something else, is not there to be touched", async () => {
  const { store, client, key } = await open();
  await store.put(LONG.checksum, LONG.bytes);
  const [chunk] = await client.keys(`${key(LONG)}:*`);
  await client.del(chunk!);
  await client.set(key(SHORT), "no buffer");
  const list = sample(10, 3);
  await client.lPush(key(list), "a list");
  const missing = sample(10, 4);
  const asked = [LONG, SHORT, list, missing].map(({ checksum }) => checksum);
  expect(await store.touch(asked)).toEqual([false, false, false, false]);
  expect(Buffer.from((await client.get(key(SHORT))) ?? "").toString()).toBe("no buffer");
});

test("with a time to live, it is kept for that long again, and lives no longer than that", async () => {
  const { store, client, key } = await open({ ttl: HOUR });
  for (const one of [SHORT, LONG]) {
    await store.put(one.checksum, one.bytes);
    await client.pExpire(key(one), 60_000);
    expect(await store.touch([one.checksum])).toEqual([true]);
    const left = Number(await client.pTTL(key(one)));
    expect(left).toBeGreaterThan(HOUR - 60_000);
    expect(left).toBeLessThanOrEqual(HOUR);
  }
});

test("what is touched while it is removed for its age is touched, or removed: never both", async () => {
  const { store, age } = await open();
  const outcomes = new Set<string>();
  for (let round = 0; round < 200; round++) {
    await store.put(SHORT.checksum, SHORT.bytes);
    await age(SHORT, DAY);
    const remove = () => store.delete(SHORT.checksum, { minAge: HOUR });
    const touch = async () => (await store.touch([SHORT.checksum]))[0];
    const [removed, touched] =
      round % 2 === 0
        ? await Promise.all([remove(), touch()])
        : await Promise.all([touch(), remove()]).then(([a, b]) => [b, a]);
    expect([removed, touched]).not.toEqual([true, true]);
    expect(await store.has([SHORT.checksum])).toEqual([!removed]);
    outcomes.add(`${removed} ${touched}`);
  }
  expect(outcomes.size).toBeGreaterThan(0);
});

test("garbage is collected with a least age", async () => {
  const { store, age } = await open();
  const [kept, young, old] = [sample(10, 5), sample(20, 6), sample(30, 7)];
  for (const one of [kept, young, old]) {
    await store.put(one.checksum, one.bytes);
    await age(one, DAY);
  }
  await store.put(young.checksum, young.bytes);
  const found = await collectGarbage(store, { roots: [kept.checksum], dryRun: false });
  expect(found).toMatchObject({ kept: { buffers: 1 }, young: { buffers: 1 }, removed: { buffers: 1, bytes: 30 } });
});
