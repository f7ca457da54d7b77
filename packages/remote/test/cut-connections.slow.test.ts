import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Checksum, isSeamlessError } from "@seamless/checksum";
import type { Store } from "@seamless/store";
import { describe, expect, onTestFinished, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { hashserverStore } from "../src/hashserver/index.ts";
import { httpStore } from "../src/http/store.ts";
import { redisStore } from "../src/redis/index.ts";
import { startCuttingProxy } from "./support/cutting-proxy.ts";
import { newPrefix, redisServer } from "./support/redis.ts";
import { chunksOf, sample } from "./support/sample.ts";
import { FAST, startServer } from "./support/server.ts";
import { startStatic } from "./support/static-server.ts";
import { tempDir } from "./support/temp.ts";

/** Each 50 times. */
const KILLS = 50;
const MIB = 2 ** 20;
const LIMIT = 900_000;

const lengthOf = (seed: number) => (seed % 5 === 4 ? 6 * MIB + seed : (seed * 7919) % 20_000);
const bufferOf = (seed: number) => sample(lengthOf(seed), seed + 1);

/** A failure of the store says that it is one. */
function requireFailure(error: unknown): void {
  if (!isSeamlessError(error) || error.code === "CHECKSUM_MISMATCH") throw error;
}

/** Puts one buffer after the other, and reads what is there, until enough was broken. @returns the seeds of those that it was told are there. */
async function putAndRead(store: Store, goOn: () => boolean): Promise<number[]> {
  const confirmed: number[] = [];
  for (let seed = 0; goOn(); seed++) {
    const { checksum, bytes } = bufferOf(seed);
    const put = () =>
      seed % 2 === 0
        ? store.put(checksum, bytes)
        : store.putStream(checksum, chunksOf(bytes.subarray(0, 5000), bytes.subarray(5000)));
    await put().then(() => void confirmed.push(seed), requireFailure);
    await readRight(store, seed, confirmed.includes(seed));
  }
  return confirmed;
}

/** Wrong bytes would reject; missing is only what nobody was told is there. */
async function readRight(store: Store, seed: number, isThere: boolean): Promise<void> {
  const { checksum, bytes } = bufferOf(seed);
  try {
    const found = await store.get(checksum);
    if (isThere) expect(found).toBeDefined();
    if (found !== undefined) expect(Buffer.compare(found, bytes)).toBe(0);
  } catch (error) {
    requireFailure(error);
  }
}

async function expectAll(store: Store, confirmed: readonly number[]): Promise<void> {
  expect(confirmed.length).toBeGreaterThan(0);
  for (const seed of confirmed) expect(await store.get(bufferOf(seed).checksum)).toBeDefined();
}

describe(`a proxy that cuts ${KILLS} connections in the middle: nothing confirmed is lost, nothing wrong is given`, () => {
  test("before a hashserver", { timeout: LIMIT }, async () => {
    const folder = tempDir();
    const server = await startServer({ store: directoryStore(folder), writable: true });
    onTestFinished(() => server.close());
    const proxy = await startCuttingProxy(server.url, 8 * MIB);
    await using store = hashserverStore(proxy.url, FAST);
    const confirmed = await putAndRead(store, () => proxy.cuts < KILLS);
    await using direct = directoryStore(folder);
    await expectAll(direct, confirmed);
    expect(await direct.verify()).toMatchObject({ ok: true, corrupt: [], unreadable: [] });
  });

  describe("before a Redis server", () => {
    const redis = redisServer();
    test("in short buffers and in long ones", { timeout: LIMIT }, async () => {
      const prefix = newPrefix();
      const proxy = await startCuttingProxy(redis.redis.url, 8 * MIB);
      await using store = redisStore({ url: proxy.url, prefix, retries: { count: 2, firstDelay: 1 } });
      const confirmed = await putAndRead(store, () => proxy.cuts < KILLS);
      await using direct = redisStore({ url: redis.redis.url, prefix });
      await expectAll(direct, confirmed);
    });
  });

  test("before a plain web server, which is only read", { timeout: LIMIT }, async () => {
    const folder = tempDir();
    await using direct = directoryStore(folder, { compress: "gzip" });
    for (let seed = 0; seed < 10; seed++) await direct.put(bufferOf(seed).checksum, bufferOf(seed).bytes);
    const server = await startStatic(folder);
    onTestFinished(() => server.close());
    const proxy = await startCuttingProxy(server.url, 8 * MIB);
    await using store = httpStore(proxy.url, FAST);
    for (let seed = 0; proxy.cuts < KILLS; seed = (seed + 1) % 10) await readRight(store, seed, true);
  });
});

/** Serves a folder until it is killed. */
const SERVER = `
  import { createHashserver } from "@seamless/remote/hashserver/node";
  import { directoryStore } from "@seamless/remote/directory";
  const [folder, port, compress] = process.argv.slice(1);
  const store = directoryStore(folder, { compress: compress || undefined });
  const server = createHashserver({ store, writable: true });
  const { port: found } = await server.listen({ port: Number(port) });
  console.log(found);
`;

test.each(["", "gzip"])(
  `a hashserver that is killed ${KILLS} times while it is written to loses nothing confirmed, and shows nothing wrong (compress: "%s")`,
  { timeout: LIMIT },
  async (compress) => {
    const folder = tempDir();
    let port = 0;
    let child: ChildProcess | undefined;
    const start = async () => {
      child = spawn(process.execPath, ["--input-type=module", "--eval", SERVER, folder, String(port), compress], {
        cwd: fileURLToPath(new URL("..", import.meta.url)),
        stdio: ["ignore", "pipe", "inherit"],
      });
      // It ends at once if another program has taken the port in the meantime, and then says nothing.
      const ended = once(child, "exit").then(([code]) =>
        Promise.reject(new Error(`the server has ended with ${code}`)),
      );
      ended.catch(() => {});
      const [said] = (await Promise.race([once(child.stdout!, "data"), ended])) as [Buffer];
      port = Number(String(said));
    };
    onTestFinished(() => void child?.kill("SIGKILL"));
    await start();
    await using store = hashserverStore(`http://127.0.0.1:${port}`, {
      retries: { count: 20, firstDelay: 20, maxDelay: 200 },
    });
    let kills = 0;
    let steps = 0;
    const killing = (async () => {
      for (; kills < KILLS; kills++) {
        // By a count, not a time: a busy machine would put nothing in between.
        const until = steps + 1 + Math.floor(Math.random() * 6);
        while (steps < until) await new Promise((resolve) => setTimeout(resolve, 1));
        child!.kill("SIGKILL");
        await once(child!, "close");
        await start();
      }
    })();
    const confirmed: number[] = [];
    for (let seed = 0; kills < KILLS; seed++) {
      const { checksum, bytes } = bufferOf(seed);
      const watched = async function* () {
        for (let at = 0; at === 0 || at < bytes.byteLength; at += 500_000) {
          steps++;
          yield bytes.slice(at, at + 500_000);
        }
      };
      steps++;
      const put = seed % 2 === 0 ? store.put(checksum, bytes) : store.putStream(checksum, watched());
      await put.then(() => void confirmed.push(seed), requireFailure);
      await readRight(store, seed, confirmed.includes(seed));
    }
    await killing;
    await using direct = directoryStore(folder);
    await expectAll(direct, confirmed);
    expect(await direct.verify()).toMatchObject({ ok: true, corrupt: [], unreadable: [] });
    expect(readdirSync(folder).length).toBeGreaterThan(0);
    expect(new Set(confirmed.map((seed) => Checksum.of(bufferOf(seed).bytes).hex())).size).toBe(confirmed.length);
  },
);
