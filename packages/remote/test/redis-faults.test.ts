import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { freePort, startRedis } from "@seamless-tools/engines";
import { createClient } from "redis";
import { expect, onTestFinished, test, vi } from "vitest";
import { type RedisStoreOptions, redisStore } from "../src/redis/index.ts";
import { failure } from "./support/client-store.ts";
import { fakeRedis } from "./support/fake-redis.ts";
import { connect, FAST, needRedis } from "./support/redis.ts";
import { chunksOf, sample } from "./support/sample.ts";
import { tempDir } from "./support/temp.ts";

needRedis();

const { bytes, checksum } = sample(1000);

/** A server for one test. */
async function serve(settings: Readonly<Record<string, string>> = {}) {
  const redis = await startRedis(settings);
  onTestFinished(() => redis.stop());
  return redis;
}

function open(url: string, options: RedisStoreOptions = {}) {
  const store = redisStore({ url, ...FAST, ...options });
  onTestFinished(() => store.close());
  return store;
}

/** The codes of all that a store can be asked for. */
async function codes(store: ReturnType<typeof open>): Promise<string[]> {
  const list = async () => {
    for await (const _ of store.list());
  };
  const all = [
    store.has([checksum]),
    store.lengths([checksum]),
    store.get(checksum),
    store.getStream(checksum),
    store.put(checksum, bytes),
    store.putStream(checksum, chunksOf(bytes)),
    store.delete(checksum),
    list(),
  ];
  return Promise.all(all.map(async (each) => (await failure(each)).code));
}

const all = (code: string) => Array(8).fill(code);

test("nobody is there: all fail, and none says missing; it is used once it is there", async () => {
  const redis = await serve();
  await redis.kill();
  const store = open(redis.url);
  expect(await codes(store)).toEqual(all("STORE_FAILED"));
  expect((await failure(store.get(checksum))).message).toMatch(/connection refused/);
  await redis.restart();
  expect(await store.has([checksum])).toEqual([false]);
});

test("one that is killed and started again is used again, without a new store", async () => {
  const redis = await serve({ appendonly: "yes", appendfsync: "always" });
  const store = open(redis.url);
  await store.put(checksum, bytes);
  await redis.kill();
  expect(await codes(store)).toEqual(all("STORE_FAILED"));
  await redis.restart();
  expect(await store.get(checksum)).toEqual(bytes);
});

test("a restart in between is not even noticed", async () => {
  const redis = await serve({ appendonly: "yes", appendfsync: "always" });
  const store = open(redis.url);
  await store.put(checksum, bytes);
  for (let i = 0; i < 3; i++) {
    await redis.restart();
    expect(await store.get(checksum)).toEqual(bytes);
  }
});

test.each([
  ["that takes connections and says nothing", () => undefined, { connect: 200, stall: 200 }],
  [
    "that answers no question",
    ([name]: readonly string[]) => (name === "AUTH" ? "+OK\r\n" : undefined),
    { stall: 200 },
  ],
])("a server %s is given up after a time", async (_, answer, timeouts) => {
  const url = await fakeRedis(answer);
  const store = open(url, { timeouts, retries: { count: 0 } });
  expect(await codes(store)).toEqual(all("STORE_FAILED"));
  expect((await failure(store.get(checksum))).message).toMatch(/no answer in time|does not answer/);
});

test("a client that is given and waits for its server for ever is given up too", async () => {
  const client = createClient({ url: `redis://127.0.0.1:${await freePort()}`, socket: { reconnectStrategy: 10 } });
  client.on("error", () => {});
  void client.connect().catch(() => {});
  onTestFinished(() => client.destroy());
  const store = redisStore({ client, timeouts: { stall: 200 } });
  expect((await failure(store.get(checksum))).code).toBe("STORE_FAILED");
});

test("an upload and a download that are under way when the store is closed end", async () => {
  const url = await fakeRedis(() => undefined);
  const store = redisStore({ url });
  const running = [store.get(checksum), store.put(checksum, bytes), store.has([checksum])].map(failure);
  await store.close();
  for (const error of await Promise.all(running)) {
    expect(error).toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("closed") });
  }
  expect((await failure(store.get(checksum))).message).toMatch(/closed/);
});

test.each([
  ["NOAUTH Authentication required.", "ACCESS_DENIED", "requires a password"],
  ["WRONGPASS invalid username-password pair or user is disabled.", "ACCESS_DENIED", "is wrong"],
  ["NOPERM this user has no permissions to run the 'get' command", "ACCESS_DENIED", "not allowed"],
  ["ERR AUTH <password> called without any password configured", "ACCESS_DENIED", "is wrong"],
  ["READONLY You can't write against a read only replica.", "READ_ONLY", "a replica"],
  ["OOM command not allowed when used memory > 'maxmemory'.", "DISK_FULL", "maxmemory"],
  ["MISCONF Redis is configured to save RDB snapshots", "STORE_FAILED", "cannot save its data"],
  ["CLUSTERDOWN The cluster is down", "STORE_FAILED", "incomplete"],
  ["LOADING Redis is loading the dataset in memory", "STORE_FAILED", "reading its data"],
  ["MOVED 3999 127.0.0.1:6381", "UNSUPPORTED", "a cluster"],
  ["ERR something else", "STORE_FAILED", "answers ERR"],
])("an answer of %s is %s", async (reply, code, message) => {
  const store = open(await fakeRedis(() => `-${reply}\r\n`));
  for (const error of [await failure(store.get(checksum)), await failure(store.put(checksum, bytes))]) {
    expect(error).toMatchObject({ code, store: store.name, message: expect.stringContaining(message) });
  }
});

test("a server that is reading its data is waited for", async () => {
  let asked = 0;
  const store = open(
    await fakeRedis(() => (++asked < 3 ? "-LOADING Redis is loading the dataset in memory\r\n" : "$-1\r\n")),
  );
  expect(await store.get(checksum)).toBeUndefined();
  expect(asked).toBe(3);
});

test("what is no answer of Redis is none", async () => {
  const store = open(await fakeRedis(() => "HTTP/1.1 400 Bad Request\r\n\r\n"));
  expect(await failure(store.get(checksum))).toMatchObject({
    code: "STORE_FAILED",
    message: expect.stringContaining("no Redis server"),
  });
});

test("wrong and missing passwords, users and rights", async () => {
  const redis = await serve({ requirepass: "s3cret" });
  const admin = await connect(redis.url.replace("//", "//:s3cret@"));
  onTestFinished(() => admin.destroy());
  await admin.sendCommand(["ACL", "SETUSER", "reader", "on", ">pw", "~*", "+@read", "+hello"]);
  await admin.sendCommand(["ACL", "SETUSER", "other", "on", ">pw", "~elsewhere:*", "+@all"]);
  const as = (user: string) => open(redis.url.replace("//", `//${user}@`));
  for (const store of [open(redis.url), as(":wrong"), as("nobody:pw")]) {
    expect(await codes(store)).toEqual(all("ACCESS_DENIED"));
  }
  const other = as("other:pw");
  for (const asked of [() => other.get(checksum), () => other.put(checksum, bytes)]) {
    expect((await failure(asked())).code).toBe("ACCESS_DENIED");
  }
  const reader = as("reader:pw");
  expect(await reader.get(checksum)).toBeUndefined();
  expect((await failure(reader.put(checksum, bytes))).code).toBe("ACCESS_DENIED");
});

test("a replica is read, and takes nothing", async () => {
  const primary = await serve({ "repl-diskless-sync-delay": "0" });
  const store = open(primary.url);
  await store.put(checksum, bytes);
  const replica = open((await serve({ replicaof: `127.0.0.1 ${primary.port}` })).url, { ttl: 60_000 });
  await vi.waitFor(async () => expect(await replica.has([checksum])).toEqual([true]), { timeout: 15_000 });
  expect(await replica.get(checksum)).toEqual(bytes);
  expect((await failure(replica.put(checksum, bytes))).code).toBe("READ_ONLY");
  expect((await failure(replica.delete(checksum))).code).toBe("READ_ONLY");
}, 20_000);

test("a server whose memory is full says so, keeps what it has, and nothing of the rest", async () => {
  const redis = await serve({ maxmemory: "12mb", "maxmemory-policy": "noeviction" });
  const store = open(redis.url);
  await store.put(checksum, bytes);
  const large = sample(20_000_000, 2);
  for (const put of [
    () => store.put(large.checksum, large.bytes),
    () => store.putStream(large.checksum, chunksOf(large.bytes)),
  ]) {
    expect((await failure(put())).code).toBe("DISK_FULL");
    expect(await store.has([large.checksum])).toEqual([false]);
  }
  expect(await store.get(checksum)).toEqual(bytes);
  const client = await connect(redis.url);
  onTestFinished(() => client.destroy());
  expect(await client.dbSize()).toBe(1);
});

test("over TLS, with a certificate that is trusted, and not with another", async () => {
  const folder = tempDir();
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const files = ["-keyout", key, "-out", certificate];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...files, ...subject], {
    stdio: "ignore",
  });
  const tls = await freePort();
  const redis = await serve({
    "tls-port": String(tls),
    "tls-cert-file": certificate,
    "tls-key-file": key,
    "tls-auth-clients": "no",
  });
  const url = `rediss://127.0.0.1:${tls}`;
  const error = await failure(open(url).get(checksum));
  expect(error).toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("SELF_SIGNED") });
  const ca = [await import("node:fs").then(({ readFileSync }) => readFileSync(certificate))];
  const client = await connect(url, { socket: { tls: true, ca } });
  onTestFinished(() => client.destroy());
  const store = redisStore({ client });
  await store.put(checksum, bytes);
  expect(await open(redis.url).get(checksum)).toEqual(bytes);
  // The one speaks TLS, and the other does not.
  expect((await failure(open(`redis://127.0.0.1:${tls}`, { timeouts: { connect: 500 } }).get(checksum))).code).toBe(
    "STORE_FAILED",
  );
  const plain = redis.url.replace("redis:", "rediss:");
  expect((await failure(open(plain, { timeouts: { connect: 500 } }).get(checksum))).code).toBe("STORE_FAILED");
});

test("without the package redis: one line that says what to install", async () => {
  vi.doMock("redis", () => {
    throw new Error("Cannot find package 'redis'");
  });
  onTestFinished(() => vi.doUnmock("redis"));
  const store = redisStore("redis://localhost");
  const { code, message } = await failure(store.get(checksum));
  expect(code).toBe("UNSUPPORTED");
  expect(message).toMatch(/^[^\n]*npm install redis[^\n]*$/);
});
