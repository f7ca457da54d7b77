import { storeSuite } from "@seamless/store/suite";
import { describe, expect, test } from "vitest";
import { openStore } from "../src/index.ts";
import { lazyStore } from "../src/lazy-store.ts";
import { redisStore } from "../src/redis/index.ts";
import { failure } from "./support/client-store.ts";
import { connect, FAST, newPrefix, plant, redisServer } from "./support/redis.ts";
import { sample } from "./support/sample.ts";

const server = redisServer();

test("a URL opens it, in the database that it names, and the end of the block closes it", async () => {
  const url = `${server.redis.url}/3`;
  const { bytes, checksum } = sample(1000);
  await using store = await openStore(url);
  expect(store).toMatchObject({ name: url, writable: true, costClass: "local", resumes: true });
  await store.put(checksum, bytes);
  await using reader = await openStore(url, { writable: false, maxBytes: 999 });
  expect(await reader.lengths([checksum])).toEqual([1000]);
  expect(await failure(reader.get(checksum))).toMatchObject({ code: "TOO_LARGE" });
  expect(await failure(reader.put(checksum, bytes))).toMatchObject({ code: "READ_ONLY" });
  await using elsewhere = await openStore(server.redis.url);
  expect(await elsewhere.has([checksum])).toEqual([false]);
  expect(await store.delete?.(checksum)).toBe(true);
});

test.each([
  ["redis://", "redis://host:port"],
  ["redis://host/x", "the number of a database"],
  ["redis://host/1?password=s3cret", "no query"],
  ["redis://user:s3cret@/1", "redis://host:port"],
])("%s is refused, and no secret is told", async (url, message) => {
  const error = await failure(openStore(url));
  expect(error).toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining(message) });
  expect(error.message).not.toMatch(/s3cret/);
});

test("options that are wrong are refused at once", async () => {
  const url = "redis://localhost";
  for (const options of [
    {},
    { url, client: {} as never },
    { url, ttl: 0 },
    { url, prefix: "a:{b}" },
    { url: 7 as never },
  ]) {
    expect(() => redisStore(options)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  }
  expect((await failure(openStore(url, { token: "t" }))).message).toMatch(/a token is for servers over HTTP/);
});

describe("opened when it is first used", () => {
  storeSuite({
    test,
    async create() {
      const { url } = server.redis;
      const prefix = newPrefix();
      const client = await connect(url);
      const open = (writable: boolean) => {
        const store = redisStore({ url, prefix, writable, ...FAST });
        const { name, costClass } = store;
        const facts = { name, writable, costClass, resumes: true, methods: ["list", "delete"] } as const;
        return lazyStore(facts, async () => store);
      };
      return {
        store: open(true),
        readOnly: open(false),
        plant: (checksum, bytes) => plant(client, prefix, checksum, bytes),
        dispose: () => client.destroy(),
      };
    },
  });

  test("one that is closed before says so, and loads nothing", async () => {
    const store = await openStore(server.redis.url);
    await store.close?.();
    expect(await failure(store.has([sample(1).checksum]))).toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining("closed"),
    });
  });
});
