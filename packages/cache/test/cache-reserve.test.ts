import { turn } from "@seamless/internal/testing";
import { manualClock } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { BufferCache, type BufferCacheOptions } from "../src/index.ts";
import { type FakeBuffer, fakeBuffer } from "./support/buffers.ts";

const open = (options: BufferCacheOptions = {}) => {
  const clock = manualClock();
  const cache = new BufferCache({ clock, softCap: 100, hardCap: 1000, ...options });
  const add = (name: string, length: number) => {
    const buffer = fakeBuffer(name, length);
    cache.register(buffer);
    cache.incref(buffer.checksum);
    return buffer;
  };
  const store = ({ checksum, length }: FakeBuffer) => cache.markStored(checksum, "folder", length);
  /** Whether each has been let in by now. */
  const ask = (bytes: number, signal?: AbortSignal) => {
    const state = { in: false, error: undefined as unknown };
    cache.reserve(bytes, { signal }).then(
      () => {
        state.in = true;
      },
      (error) => {
        state.error = error;
      },
    );
    return state;
  };
  return { cache, clock, add, store, ask };
};
/** Let promises that are settled tell so: also after the turn that is given when something was evicted. */
const turns = async () => {
  for (let i = 0; i < 2; i++) await turn();
};

describe("reserve", () => {
  test("gives the event loop a turn when something had to go, so that memory can be freed, and else does not", async () => {
    const { cache, add, store } = open();
    let turns = 0;
    let going = true;
    const tick = () => {
      turns++;
      if (going) setImmediate(tick);
    };
    setImmediate(tick);
    for (let i = 0; i < 10; i++) await cache.reserve(10);
    expect(turns).toBe(0);
    cache.evict();
    for (let i = 0; i < 50; i++) {
      await cache.reserve(60);
      store(add(`${i}`, 60));
    }
    going = false;
    expect(turns).toBeGreaterThanOrEqual(45);
  });

  test("is there at once while it is under the soft cap, and is made by evicting what may be", async () => {
    const { cache, add, store } = open();
    await cache.reserve(100);
    store(add("a", 60));
    store(add("b", 40));
    await cache.reserve(50);
    expect(cache.stats().strong.bytes).toBeLessThanOrEqual(50);
  });

  test("comes when the writer has stored what may not be evicted", async () => {
    const { add, store, ask } = open();
    const a = add("a", 60);
    const b = add("b", 40);
    const asked = ask(50);
    await turns();
    expect(asked.in).toBe(false);
    store(b);
    await turns();
    expect(asked.in).toBe(false);
    store(a);
    await turns();
    expect(asked.in).toBe(true);
  });

  test("comes also when references are given back, scratch is purged, or a buffer need not be written", async () => {
    for (const how of ["decref", "purge", "written"]) {
      const { cache, ask } = open();
      const a = fakeBuffer("a", 100);
      cache.register(a);
      if (how === "written") cache.markWriting(a.checksum, true);
      else cache.incref(a.checksum, { scratch: how === "purge" });
      const asked = ask(1);
      await turns();
      expect(asked.in).toBe(false);
      if (how === "decref") cache.decref(a.checksum);
      else if (how === "purge") cache.purgeScratch();
      else cache.markWriting(a.checksum, false);
      await turns();
      expect(asked.in).toBe(true);
    }
  });

  test("is promised once: those who ask at the same time do not get the same room", async () => {
    const { add, ask, clock } = open();
    const asked = [ask(40), ask(40), ask(40), ask(10)];
    await turns();
    // In the order in which they came: the small one does not overtake.
    expect(asked.map((one) => one.in)).toEqual([true, true, false, false]);
    add("a", 40);
    add("b", 40);
    await turns();
    expect(asked.map((one) => one.in)).toEqual([true, true, false, false]);
    clock.advance(2000);
    await turns();
    expect(asked.map((one) => one.in)).toEqual([true, true, false, false]);
  });

  test("is given away at the next pass if it is not used", async () => {
    const { ask, clock } = open();
    const asked = [ask(80), ask(80), ask(80)];
    for (const count of [1, 2, 3]) {
      await turns();
      expect(asked.filter((one) => one.in)).toHaveLength(count);
      clock.advance(2000);
    }
  });

  test("for more than the cap is there when nothing is left that may not be evicted", async () => {
    const { cache, add, store, ask } = open();
    const a = add("a", 10);
    const asked = ask(500);
    await turns();
    expect(asked.in).toBe(false);
    store(a);
    await turns();
    expect(asked.in).toBe(true);
    expect(cache.stats().strong.bytes).toBe(0);
  });

  test("ends by abort, which lets those behind move up", async () => {
    const { add, ask } = open();
    add("a", 60);
    const controller = new AbortController();
    const large = ask(80, controller.signal);
    const small = ask(30);
    await turns();
    expect([large.in, small.in]).toEqual([false, false]);
    controller.abort(new Error("enough"));
    await turns();
    expect(large).toEqual({ in: false, error: controller.signal.reason });
    expect(small.in).toBe(true);
    const never = ask(1, AbortSignal.abort(new Error("before")));
    await turns();
    expect(never.error).toEqual(new Error("before"));
  });

  test("ends when the cache is closed, and is refused for what is no length", async () => {
    const { cache, add, ask } = open();
    add("a", 100);
    const asked = ask(1);
    await expect(cache.reserve(-1)).rejects.toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    await expect(cache.reserve("1" as never)).rejects.toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    cache.close();
    await turns();
    expect(asked.error).toMatchObject({ code: "INVALID_STATE" });
  });

  test("producers that wait for it keep the cache under its soft cap between passes", async () => {
    const { cache, add, store } = open();
    let most = 0;
    const producer = async (name: string) => {
      for (let i = 0; i < 50; i++) {
        await cache.reserve(10);
        const buffer = add(`${name} ${i}`, 10);
        most = Math.max(most, cache.stats().strong.bytes);
        await turns();
        store(buffer);
      }
    };
    await Promise.all(["a", "b", "c", "d", "e", "f"].map(producer));
    expect(most).toBeLessThanOrEqual(100);
    expect(cache.stats().disposals.evicted).toBeGreaterThan(250);
  });
});
