import { Checksum } from "@seamless/checksum";
import { expect, onTestFinished, test } from "vitest";
import { type RedisStoreOptions, redisStore } from "../src/redis/index.ts";
import { failure } from "./support/client-store.ts";
import { CHUNK, connect, connectCluster, FAST, newPrefix, plant, redisCluster, redisServer } from "./support/redis.ts";
import { chunksOf, collect, sample, sumOf } from "./support/sample.ts";

const server = redisServer();
const cluster = redisCluster();

const LONG = sample(2 * CHUNK + 1000, 1);
const SHORT = sample(1000, 2);

async function open(options: RedisStoreOptions = {}) {
  const { url } = server.redis;
  const prefix = newPrefix();
  const store = redisStore({ url, prefix, ...FAST, ...options });
  const client = await connect(url);
  onTestFinished(async () => {
    await store.close();
    client.destroy();
  });
  const keys = async () => (await client.keys(`${prefix}:*`)).sort();
  const key = (checksum: Checksum) => `${prefix}:{${checksum.hex()}}`;
  return { store, client, prefix, keys, key };
}

async function read(stream: ReadableStream<Uint8Array> | undefined): Promise<string | undefined> {
  return stream && sumOf(new Uint8Array(await new Response(stream as never).arrayBuffer()));
}

/** What each way of asking finds. */
async function found(store: ReturnType<typeof redisStore>, checksum: Checksum) {
  return [
    ...(await store.has([checksum])),
    ...(await store.lengths([checksum])),
    sumOf(await store.get(checksum)),
    await read(await store.getStream(checksum)),
  ];
}

const MISSING = [false, undefined, undefined, undefined];
const there = ({ checksum, bytes }: typeof LONG) => [true, bytes.byteLength, checksum.hex(), checksum.hex()];

test("a short buffer is one key, a long one has its chunks beside, all in one slot", async () => {
  const { store, keys, key } = await open();
  await store.put(SHORT.checksum, SHORT.bytes);
  await store.putStream(LONG.checksum, chunksOf(LONG.bytes));
  const names = await keys();
  expect(names).toHaveLength(5);
  expect(names).toContain(key(SHORT.checksum));
  expect(names).toContain(key(LONG.checksum));
  const chunks = names.filter((name) => name.startsWith(`${key(LONG.checksum)}:`));
  expect(chunks.map((name) => name.slice(key(LONG.checksum).length))).toEqual(
    [0, 1, 2].map((i) => expect.stringMatching(new RegExp(`^:[0-9a-f]{16}:${i}$`))),
  );
  expect(await found(store, LONG.checksum)).toEqual(there(LONG));
});

test.each([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])("%i bytes, at the edge of a chunk", async (length) => {
  const { store, keys } = await open();
  const edge = sample(length, 3);
  await store.put(edge.checksum, edge.bytes);
  expect(await keys()).toHaveLength(length <= CHUNK ? 1 : 3);
  expect(await found(store, edge.checksum)).toEqual(there(edge));
  await store.putStream(edge.checksum, chunksOf(edge.bytes));
  for (const offset of [0, CHUNK - 1, CHUNK, length - 1, length].filter((at) => at <= length)) {
    const rest = await read(await store.getStream(edge.checksum, { offset }));
    expect(rest).toBe(sumOf(edge.bytes.subarray(offset)));
  }
});

test("a chunk that the server let go of is a miss, however one asks, and put brings it back", async () => {
  for (const gone of [0, 1, 2]) {
    const { store, client, prefix, keys } = await open();
    await plant(client, prefix, LONG.checksum, LONG.bytes);
    expect(await found(store, LONG.checksum)).toEqual(there(LONG));
    await client.del((await keys())[gone + 1]!);
    expect(await found(store, LONG.checksum)).toEqual(MISSING);
    expect(await collect(store.list())).toEqual([]);
    await store.put(LONG.checksum, LONG.bytes);
    expect(await found(store, LONG.checksum)).toEqual(there(LONG));
  }
});

test("one that goes while a stream is read breaks it off, as what is gone", async () => {
  const { store, client, keys } = await open();
  const long = sample(8 * CHUNK, 4);
  await store.put(long.checksum, long.bytes);
  const reader = (await store.getStream(long.checksum))!.getReader();
  await reader.read();
  await client.del((await keys()).at(-1)!);
  const rest = async () => {
    while (!(await reader.read()).done);
  };
  expect(await failure(rest())).toMatchObject({ code: "CACHE_MISS", store: store.name });
});

test("chunks of two uploads never mix, and who reads the one that was replaced reads it to its end", async () => {
  const { store, client, keys, key } = await open();
  const long = sample(8 * CHUNK, 5);
  await store.put(long.checksum, long.bytes);
  const before = await keys();
  const stream = await store.getStream(long.checksum);
  await Promise.all([store.put(long.checksum, long.bytes), store.putStream(long.checksum, chunksOf(long.bytes))]);
  expect(await read(stream)).toBe(long.checksum.hex());
  const after = (await keys()).filter((name) => name !== key(long.checksum));
  const lives = await Promise.all(after.map((name) => client.pTTL(name)));
  // One of the three stays for good, the others for a while.
  expect(lives.filter((life) => life === -1)).toHaveLength(8);
  expect(lives.filter((life) => life > 0 && life <= 600_000)).toHaveLength(16);
  expect(before.filter((name) => name !== key(long.checksum)).every((name) => after.includes(name))).toBe(true);
  expect(await found(store, long.checksum)).toEqual(there(long));
});

test("what an upload that is given up has sent is removed; until an upload is whole, it has an end", async () => {
  const { store, client, keys } = await open();
  const lives: number[] = [];
  const source = async function* () {
    yield* chunksOf(LONG.bytes, LONG.bytes);
    await expect.poll(keys).toHaveLength(2);
    for (const name of await keys()) lives.push(await client.pTTL(name));
  };
  const error = await failure(store.putStream(LONG.checksum, source()));
  expect(error.code).toBe("CHECKSUM_MISMATCH");
  expect(lives.length).toBeGreaterThan(1);
  for (const life of lives) expect(life).toBeGreaterThan(3_000_000);
  expect(await keys()).toEqual([]);
});

test("an upload of which the server let go of a chunk is not shown", async () => {
  const { store, client, keys } = await open();
  const source = async function* () {
    yield LONG.bytes.subarray(0, CHUNK + 1);
    // Held back until there is another.
    yield LONG.bytes.subarray(CHUNK + 1, CHUNK + 2);
    await expect.poll(keys).toHaveLength(1);
    await client.del(await keys());
    yield LONG.bytes.subarray(CHUNK + 2);
  };
  const put = store.putStream(LONG.checksum, source());
  expect(await failure(put)).toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("let go") });
  expect(await keys()).toEqual([]);
});

test("with a time to live, all keys of a buffer have one, and reading renews it", async () => {
  const { store, client, keys, key } = await open({ ttl: 100_000 });
  await store.put(SHORT.checksum, SHORT.bytes);
  await store.put(LONG.checksum, LONG.bytes);
  const lives = async () => Promise.all((await keys()).map((name) => client.pTTL(name)));
  for (const life of await lives()) expect(life).toBeGreaterThan(90_000);
  for (const name of await keys()) await client.pExpire(name, 50_000);
  for (const each of [SHORT, LONG]) expect(await found(store, each.checksum)).toEqual(there(each));
  // Sent after the answer was given out: by this, that of the short one is done.
  await store.has([SHORT.checksum]);
  await expect.poll(async () => Math.min(...(await lives()))).toBeGreaterThan(90_000);
  // A key never outlives its chunks.
  const whole = await client.pTTL(key(LONG.checksum));
  for (const name of await keys()) {
    if (name.startsWith(`${key(LONG.checksum)}:`)) expect(await client.pTTL(name)).toBeGreaterThan(whole);
  }
  await client.pExpire(key(SHORT.checksum), 1);
  // What is read within that millisecond would be renewed.
  await expect.poll(() => client.exists(key(SHORT.checksum))).toBe(0);
  expect(await found(store, SHORT.checksum)).toEqual(MISSING);
});

test("foreign keys are neither listed nor taken for buffers", async () => {
  const { store, client, prefix, key } = await open();
  await store.put(SHORT.checksum, SHORT.bytes);
  const hex = "0".repeat(64);
  for (const name of [
    `${prefix}:{${hex.slice(1)}g}`,
    `${prefix}:x`,
    `${prefix}:{../../../../etc/passwd}`,
    `{${hex}}`,
  ]) {
    await client.set(name, "something");
  }
  await client.lPush(key(new Checksum("1".repeat(64))), "a list");
  await client.set(key(new Checksum("2".repeat(64))), "no buffer");
  expect(await collect(store.list())).toMatchObject([{ checksum: SHORT.checksum, length: 1000 }]);
  for (const digit of ["1", "2"]) {
    const error = await failure(store.get(new Checksum(digit.repeat(64))));
    expect(error).toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("something else") });
    expect(await store.delete(new Checksum(digit.repeat(64)))).toBe(true);
  }
});

test("a head that lies about its length or its chunks is no reason to allocate, or to give out anything", async () => {
  const { store, client, key } = await open();
  for (const head of [
    `@999999999999999,1764000000000:${"0".repeat(16)}:`,
    `@9000000000,1764000000000:${"0".repeat(16)}:`,
  ]) {
    await client.set(key(LONG.checksum), head);
    expect((await failure(store.get(LONG.checksum))).code).toBe("TOO_LARGE");
  }
  await client.set(key(LONG.checksum), `@4294967296,1764000000000:${"0".repeat(16)}:`);
  expect(await found(store, LONG.checksum)).toEqual(MISSING);
  await client.set(key(SHORT.checksum), "=999,1764000000000:");
  expect((await failure(store.get(SHORT.checksum))).code).toBe("CHECKSUM_MISMATCH");
});

test("10,000 are asked for, listed and removed", async () => {
  const { store } = await open();
  const all = Array.from({ length: 10_000 }, (_, i) => sample(i % 7, i));
  const some = [...new Map(all.slice(0, 3000).map((each) => [each.checksum.hex(), each])).values()];
  await Promise.all(some.map(({ checksum, bytes }) => store.put(checksum, bytes)));
  const put = new Set(some.map(({ checksum }) => checksum.hex()));
  const asked = all.map(({ checksum }) => checksum);
  expect(await store.has(asked)).toEqual(asked.map((checksum) => put.has(checksum.hex())));
  const listed = (await collect(store.list())).map(({ checksum }) => checksum.hex());
  expect(listed.sort()).toEqual([...put].sort());
  expect(await Promise.all(some.map(({ checksum }) => store.delete(checksum)))).toEqual(some.map(() => true));
  expect(await collect(store.list())).toEqual([]);
});

test("in a cluster, all nodes are used and listed, by a URL and by a client that is given", async () => {
  const { url } = cluster.nodes[1]!;
  const client = await connectCluster(url);
  const prefix = newPrefix();
  const stores = [redisStore({ url, prefix, ...FAST }), redisStore({ client, prefix })];
  onTestFinished(async () => {
    for (const store of stores) await store.close();
    client.destroy();
  });
  const [store, other] = stores as [(typeof stores)[0], (typeof stores)[0]];
  const all = Array.from({ length: 60 }, (_, i) => sample(i, 100 + i));
  for (const { checksum, bytes } of all) await store.put(checksum, bytes);
  await store.put(LONG.checksum, LONG.bytes);
  for (const each of [LONG, ...all.slice(0, 9)]) expect(await found(other, each.checksum)).toEqual(there(each));
  const sums = (await collect(other.list())).map(({ checksum }) => checksum.hex());
  expect(sums.sort()).toEqual([...all, LONG].map(({ checksum }) => checksum.hex()).sort());
  const sizes = await Promise.all(
    cluster.nodes.map(async (node) => {
      const one = await connect(node.url);
      const { length } = await one.keys(`${prefix}:*`);
      one.destroy();
      return length;
    }),
  );
  expect(sizes.every((size) => size > 5)).toBe(true);
  expect(await other.delete(LONG.checksum)).toBe(true);
  expect(await found(store, LONG.checksum)).toEqual(MISSING);
});
