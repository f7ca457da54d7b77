import { memoryStore } from "@seamless/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type HashserverHandlerOptions, hashserverHandler } from "../src/hashserver/index.ts";
import { HOT_SIZE, HotCache } from "../src/hashserver/server/download.ts";
import { sample } from "./support/sample.ts";
import { storeWith } from "./support/server-fixture.ts";
import { untilCollected } from "./support/server-garbage.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A handler, and how often its store was asked for bytes. */
function handlerOf(options: Partial<HashserverHandlerOptions> = {}) {
  const contents = new Map<string, Uint8Array>();
  const memory = memoryStore({ contents });
  let asked = 0;
  const store = storeWith({
    ...memory,
    get(...args) {
      asked++;
      return memory.get(...args);
    },
    getStream(...args) {
      asked++;
      return memory.getStream(...args);
    },
  });
  const handler = hashserverHandler({ store, ...options });
  const get = async (hex: string) => {
    const { status, body } = await handler({ method: "GET", url: `/${hex}`, headers: {}, body: null });
    return { status, bytes: body as Uint8Array };
  };
  return { contents, get, asked: () => asked };
}

test("what is given out may be changed by whoever gets it", async () => {
  const { bytes, checksum } = sample(1000);
  const { contents, get, asked } = handlerOf();
  contents.set(checksum.hex(), bytes.slice());
  for (let i = 0; i < 4; i++) {
    const found = await get(checksum.hex());
    expect(found.bytes).toEqual(bytes);
    found.bytes.fill(0);
  }
  expect(asked()).toBe(1);
});

test("one that is deleted is gone after ten seconds, however often it was asked for", async () => {
  const { bytes, checksum } = sample(1000);
  const { contents, get, asked } = handlerOf();
  contents.set(checksum.hex(), bytes);
  expect((await get(checksum.hex())).status).toBe(200);
  contents.clear();
  for (let second = 0; second < 10; second++) {
    expect((await get(checksum.hex())).status).toBe(200);
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect((await get(checksum.hex())).status).toBe(404);
  // The last time in vain.
  expect(asked()).toBe(2);
});

test("what is missing is not remembered", async () => {
  const { bytes, checksum } = sample(1000);
  const { contents, get } = handlerOf();
  expect((await get(checksum.hex())).status).toBe(404);
  contents.set(checksum.hex(), bytes);
  expect((await get(checksum.hex())).status).toBe(200);
});

test.each([
  ["larger than 64 KiB", HOT_SIZE + 1, {}],
  ["with no memory for it", 1000, { hotBytes: 0 }],
  ["with too little memory for it", 1000, { hotBytes: 999 }],
])("not kept: %s", async (_, size, options) => {
  const { bytes, checksum } = sample(size);
  const { contents, get, asked } = handlerOf(options);
  contents.set(checksum.hex(), bytes);
  for (let i = 0; i < 3; i++) await get(checksum.hex());
  expect(asked()).toBe(3);
});

test("64 KiB are kept, and no bytes at all, too", async () => {
  for (const size of [HOT_SIZE, 0]) {
    const { bytes, checksum } = sample(size);
    const { contents, get, asked } = handlerOf();
    contents.set(checksum.hex(), bytes);
    for (let i = 0; i < 3; i++) expect((await get(checksum.hex())).bytes.byteLength).toBe(size);
    expect(asked()).toBe(1);
  }
});

const answerOf = (body: Uint8Array) => ({ status: 200, headers: {}, body });

test.each([0, 1000, 50_000])("memory has a limit, for buffers of %i bytes: the oldest go first", (size) => {
  const limit = 1_000_000;
  const hot = new HotCache(limit);
  const names = Array.from({ length: 5000 }, (_, i) => String(i));
  for (const name of names) hot.add(name, answerOf(new Uint8Array(size)));
  const kept = names.filter((name) => hot.get(name) !== undefined);
  // An entry without bytes takes memory, too.
  expect(kept.length * (size + 500)).toBeLessThan(limit);
  expect(kept.length * (size + 1500)).toBeGreaterThan(limit * 0.9);
  expect(kept).toEqual(names.slice(-kept.length));
  // The same one again takes no more.
  for (let i = 0; i < 100; i++) hot.add(names.at(-1)!, answerOf(new Uint8Array(size)));
  expect(names.filter((name) => hot.get(name) !== undefined)).toEqual(kept);
});

test("what has ended is given up when the next one comes", async () => {
  const hot = new HotCache(1_000_000);
  const old = Array.from({ length: 100 }, (_, i) => {
    const bytes = new Uint8Array(1000);
    hot.add(`old${i}`, answerOf(bytes));
    return new WeakRef(bytes);
  });
  await vi.advanceTimersByTimeAsync(10_000);
  hot.add("new", answerOf(new Uint8Array(1000)));
  vi.useRealTimers();
  await untilCollected(old);
  expect(hot.get("old0")).toBeUndefined();
});
