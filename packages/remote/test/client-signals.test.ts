import { rejection } from "@seamless/internal/testing";
import { memoryStore, streamChunks } from "@seamless/store";
import { describe, expect, onTestFinished, test } from "vitest";
import type { HashserverStore } from "../src/hashserver/index.ts";
import { tieredStore } from "../src/tiered/tiered-store.ts";
import { pretendBun } from "./support/bun.ts";
import { openStore, until } from "./support/client-store.ts";
import { http, rawServer } from "./support/raw-server.ts";
import { chunksOf, collect, sample } from "./support/sample.ts";
import { serve } from "./support/server-fixture.ts";
import { turns } from "./support/tiered.ts";

const { bytes, checksum } = sample(1_000);
/** Beyond what the platform's timers take, in milliseconds. */
const LONG = 3e9;

const TRANSPORTS: Readonly<Record<string, () => void>> = { undici: () => {}, fetch: pretendBun };

/** What Node warns of until the end of the test: leaks of listeners, timers that overflow. */
function warnings(): Error[] {
  const all: Error[] = [];
  const warned = (warning: Error) => all.push(warning);
  process.on("warning", warned);
  onTestFinished(() => void process.off("warning", warned));
  return all;
}

/** A signal that counts who listens to it. */
function watched() {
  const { signal } = new AbortController();
  const { addEventListener, removeEventListener } = signal;
  let now = 0;
  let most = 0;
  signal.addEventListener = function (...args: Parameters<typeof addEventListener>) {
    most = Math.max(most, ++now);
    return addEventListener.apply(this, args);
  };
  signal.removeEventListener = function (...args: Parameters<typeof removeEventListener>) {
    now--;
    return removeEventListener.apply(this, args);
  };
  return { signal, most: () => most };
}

const WAYS: Readonly<Record<string, (store: HashserverStore, signal: AbortSignal) => Promise<unknown>>> = {
  get: (store, signal) => store.get(checksum, { signal }),
  getStream: async (store, signal) => collect(streamChunks((await store.getStream(checksum, { signal }))!)),
  has: (store, signal) => store.has([checksum], { signal }),
  lengths: (store, signal) => store.lengths([checksum], { signal }),
  check: (store, signal) => store.check([checksum], { signal }),
  put: (store, signal) => store.put(checksum, bytes, { signal }),
  putStream: (store, signal) => store.putStream(checksum, chunksOf(bytes), { signal }),
  promise: (store, signal) => store.promise(sample(5).checksum, { signal }),
  checkHealth: (store, signal) => store.checkHealth({ signal }),
};

describe.each(Object.entries(TRANSPORTS))("through %s", (_, choose) => {
  test.each(Object.entries(WAYS))("50 calls of %s with one signal have few listeners on it", async (_, call) => {
    choose();
    const warned = warnings();
    const contents = new Map([[checksum.hex(), bytes]]);
    const { url } = await serve({ store: memoryStore({ contents }), writable: true });
    const { signal, most } = watched();
    const store = openStore(url, { connections: 50 });
    await Promise.all(Array.from({ length: 50 }, () => call(store, signal)));
    await turns();
    // One of each package that listens.
    expect(most()).toBeLessThanOrEqual(3);
    expect(warned).toEqual([]);
  });

  test.each([LONG, Number.POSITIVE_INFINITY])("timeouts of %d ms do not end anything at once", async (time) => {
    choose();
    const warned = warnings();
    const contents = new Map<string, Uint8Array>();
    const { url } = await serve({ store: memoryStore({ contents }), writable: true });
    const store = openStore(url, { timeouts: { connect: time, headers: time, stall: time }, patience: time });
    await store.put(checksum, bytes);
    expect(await store.get(checksum)).toEqual(bytes);
    expect(await collect(streamChunks((await store.getStream(checksum))!))).toHaveLength(1);
    expect(await store.has([checksum])).toEqual([true]);
    await turns();
    expect(warned).toEqual([]);
  });

  test("a wait of as long before another attempt is one", async () => {
    choose();
    const warned = warnings();
    const server = await rawServer(() => http(503));
    const controller = new AbortController();
    const store = openStore(server.url, { retries: { count: 5, firstDelay: LONG, maxDelay: 2 * LONG } });
    const got = rejection(store.get(checksum, controller));
    await until(() => server.requests.length > 0);
    await turns();
    controller.abort(new Error("enough"));
    expect(await got).toBe(controller.signal.reason);
    expect([server.requests.length, warned]).toEqual([1, []]);
  });
});

test("five redirections, and bodies that nobody wants, leave no listener behind", async () => {
  const warned = warnings();
  const server = await rawServer(({ path }, i) => {
    const last = /^\/5\//.exec(path) !== null;
    return last ? http(200, bytes) : http(307, "x".repeat(1_000), { location: `/${(i % 6) + 1}/` });
  });
  const store = openStore(server.url);
  for (let i = 0; i < 3; i++) expect(await store.get(checksum)).toEqual(bytes);
  await turns();
  expect(warned).toEqual([]);
});

test("tiers with long time limits, and 50 reads with one signal", async () => {
  const warned = warnings();
  const contents = new Map([[checksum.hex(), bytes]]);
  const limits = { readTimeout: LONG, stallTimeout: LONG, backfillTimeout: LONG };
  const tiered = tieredStore([memoryStore({ name: "a" }), memoryStore({ name: "b", contents })], limits);
  const { signal } = new AbortController();
  const reads = Array.from({ length: 50 }, async () => [
    await tiered.get(checksum, { signal }),
    await tiered.has([checksum], { signal }),
    await tiered.lengths([checksum], { signal }),
    await tiered.check([checksum], { signal }),
    await collect(streamChunks((await tiered.getStream(checksum, { signal }))!)),
    await tiered.put(checksum, bytes, { signal }),
    await tiered.putStream(checksum, chunksOf(bytes), { signal }),
  ]);
  await Promise.all(reads);
  await tiered.close();
  expect(tiered.stats()[0]).toMatchObject({ failures: 0, fillFailures: 0 });
  await turns();
  expect(warned).toEqual([]);
});
