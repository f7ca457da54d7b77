import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Checksum } from "@seamless/checksum";
import { startRedis } from "@seamless-tools/engines";
import { expect, onTestFinished, test } from "vitest";
import { redisStore } from "../src/redis/index.ts";
import { connect, needRedis } from "./support/redis.ts";
import { sample } from "./support/sample.ts";

needRedis();

const KILLS = 50;

/** Puts short and long buffers, as bytes and as streams, and says which are there; what fails is put again. */
const WRITER = `
  import { randomFillSync } from "node:crypto";
  import { writeSync } from "node:fs";
  import { Checksum } from "@seamless/checksum";
  import { redisStore } from "@seamless/remote/redis";
  const store = redisStore({ url: process.argv[1], retries: { count: 0 } });
  async function* chunksOf(bytes) {
    for (let at = 0; at < bytes.byteLength; at += 700_000) yield bytes.subarray(at, at + 700_000);
  }
  for (let i = 1; ; i++) {
    const bytes = randomFillSync(new Uint8Array(i % 5 === 4 ? 4_500_000 : i * 37));
    const checksum = Checksum.of(bytes);
    writeSync(1, "put\\n");
    try {
      await (i % 2 === 0 ? store.put(checksum, bytes) : store.putStream(checksum, chunksOf(bytes)));
      writeSync(1, checksum.hex() + "\\n");
    } catch (error) {
      if (error.code !== "STORE_FAILED") throw error;
      writeSync(1, "broken\\n");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
`;

/** A writer, and what it says. */
function startWriter(url: string) {
  const child: ChildProcess = spawn(process.execPath, ["--input-type=module", "--eval", WRITER, url], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let [said, begun] = ["", 0];
  let onSaid = () => {};
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    begun += text.split("p").length - 1;
    onSaid();
  });
  const ended = once(child, "exit").then(() => Promise.reject(new Error("the writer has ended by itself")));
  ended.catch(() => {});
  /** Resolves at a random moment of the put that comes after so many more. */
  const afterPuts = (count: number) => {
    const reached = new Promise<void>((resolve) => {
      const goal = begun + count;
      onSaid = () => {
        if (begun < goal) return;
        onSaid = () => {};
        setTimeout(resolve, Math.random() * 20);
      };
    });
    return Promise.race([reached, ended]);
  };
  return {
    afterPuts,
    /** How many have failed. */
    broken: () => said.split("broken").length - 1,
    /** All that it has confirmed. */
    put: () =>
      said
        .split("\n")
        .filter((line) => /^[0-9a-f]{64}$/.test(line))
        .map((hex) => new Checksum(hex)),
    pause: () => child.kill("SIGSTOP"),
    resume: () => child.kill("SIGCONT"),
    async kill() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

/** Reads all that is listed, again and again: wrong bytes would reject, and fail the test. */
function startReader(url: string) {
  const store = redisStore({ url, retries: { count: 0 } });
  let running = true;
  let read = 0;
  const done = (async () => {
    while (running) {
      try {
        for await (const { checksum, length } of store.list()) {
          const bytes = await store.get(checksum);
          if (bytes !== undefined) {
            expect([Checksum.of(bytes).hex(), bytes.byteLength]).toEqual([checksum.hex(), length]);
            read++;
          }
          if (!running) break;
        }
      } catch (error) {
        // While the server is away.
        expect(error).toMatchObject({ code: "STORE_FAILED" });
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await store.close();
    return read;
  })();
  return () => {
    running = false;
    return done;
  };
}

const SAFE = { appendonly: "yes", appendfsync: "always" };
const LIMIT = 900_000;

test(
  `a server that is killed ${KILLS} times while it is written to: nothing that was confirmed is lost, nothing wrong is read`,
  async () => {
    const redis = await startRedis(SAFE);
    onTestFinished(() => redis.stop());
    const reader = startReader(redis.url);
    const store = redisStore(redis.url);
    onTestFinished(() => store.close());
    const writer = startWriter(redis.url);
    let checked = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      await writer.afterPuts(1 + Math.floor(Math.random() * 6));
      await redis.restart();
      // Otherwise it puts more while it is looked at than before.
      writer.pause();
      const put = writer.put();
      const there = await store.has(put.slice(checked));
      expect(there.every(Boolean)).toBe(true);
      // Their bytes, too, and then away with them: the server reads all it has at each start.
      for (const checksum of put.slice(checked)) {
        expect(Checksum.of((await store.get(checksum))!).equals(checksum)).toBe(true);
        await store.delete(checksum);
      }
      checked = put.length;
      writer.resume();
    }
    await writer.kill();
    expect(await reader()).toBeGreaterThan(0);
    expect(checked).toBeGreaterThan(KILLS / 2);
    // Most kills have met it in the middle of a put.
    expect(writer.broken()).toBeGreaterThan(KILLS / 2);
  },
  LIMIT,
);

test(
  `writers that are killed ${KILLS} times: what they had put is there, nothing wrong is read, and what they leave has an end`,
  async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const reader = startReader(redis.url);
    const store = redisStore(redis.url);
    const client = await connect(redis.url);
    onTestFinished(async () => {
      await store.close();
      client.destroy();
    });
    let leftovers = 0;
    for (let kill = 0; kill < KILLS; kill += 2) {
      const writers = [startWriter(redis.url), startWriter(redis.url)];
      // The fifth is a long one: some are killed in the middle of it.
      await Promise.all(writers.map((writer) => writer.afterPuts(2 + Math.floor(Math.random() * 4))));
      await Promise.all(writers.map((writer) => writer.kill()));
      const put = writers.flatMap((writer) => writer.put());
      expect((await store.has(put)).every(Boolean)).toBe(true);
      for (const checksum of put) expect(await store.delete(checksum)).toBe(true);
      // A buffer that is there without its writer having come to say so is whole, and goes with its chunks.
      for await (const { checksum } of store.list()) {
        expect(Checksum.of((await store.get(checksum))!).equals(checksum)).toBe(true);
        await store.delete(checksum);
      }
      // What is left is chunks of what nobody sees, and has an end.
      for (const name of await client.keys("*")) {
        expect(name).toMatch(/\}:[0-9a-f]{16}:\d+$/);
        const life = await client.pTTL(name);
        expect(life).toBeGreaterThan(0);
        expect(life).toBeLessThanOrEqual(3_600_000);
        leftovers++;
        await client.del(name);
      }
    }
    expect(await reader()).toBeGreaterThan(0);
    // Otherwise no kill has met a writer in the middle of a long one.
    expect(leftovers).toBeGreaterThan(0);
  },
  LIMIT,
);

test(
  "a server that lets go of what is used least, while it is written and read: right bytes or none",
  async () => {
    const redis = await startRedis({ maxmemory: "64mb", "maxmemory-policy": "allkeys-lru" });
    onTestFinished(() => redis.stop());
    const store = redisStore(redis.url);
    onTestFinished(() => store.close());
    const all = Array.from({ length: 40 }, (_, i) => sample(i % 4 === 0 ? 3_000 + i : 4_500_000 + i, i));
    let found = 0;
    let missed = 0;
    const look = async ({ checksum, bytes }: (typeof all)[0]) => {
      const got = await store.get(checksum);
      if (got === undefined) missed++;
      else found++;
      if (got !== undefined) expect(Checksum.of(got).equals(checksum)).toBe(true);
      const stream = await store.getStream(checksum);
      // One of which a part goes meanwhile breaks off.
      const read = stream && (await new Response(stream as never).arrayBuffer().catch((error) => error));
      if (read instanceof ArrayBuffer) expect(read.byteLength).toBe(bytes.byteLength);
      else if (read !== undefined) expect(read).toMatchObject({ code: "CACHE_MISS" });
    };
    for (let round = 0; round < 3; round++) {
      for (let at = 0; at < all.length; at += 4) {
        const four = all.slice(at, at + 4);
        // A put may lose what it has just sent, and says so.
        const puts = four.map(({ checksum, bytes }) =>
          store.put(checksum, bytes).catch((error) => expect(error).toMatchObject({ code: "STORE_FAILED" })),
        );
        const others = [at, (at * 7) % all.length, (at * 3 + 11) % all.length].map((i) => look(all[i]!));
        await Promise.all([...puts, ...others]);
      }
    }
    expect(found).toBeGreaterThan(0);
    expect(missed).toBeGreaterThan(0);
  },
  LIMIT,
);
