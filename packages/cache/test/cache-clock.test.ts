import { spawnSync } from "node:child_process";
import { Checksum } from "@seamless/checksum";
import { deferred } from "@seamless/internal/testing";
import { platformTimers } from "@seamless/internal/timers";
import { manualClock, memoryStore, systemClock } from "@seamless/store";
import { describe, expect, test, vi } from "vitest";
import { BufferCache, createRuntime } from "../src/index.ts";
import { fakeBuffer } from "./support/buffers.ts";

describe("the manual clock", () => {
  test("runs what is due in order, each at its time, and what that starts", () => {
    const clock = manualClock();
    const log: string[] = [];
    const note = (what: string) => () => log.push(`${what} ${clock.now()}`);
    clock.setTimeout(() => {
      note("second")();
      clock.setTimeout(note("started"), 5);
    }, 20);
    clock.setTimeout(note("first"), 10);
    const every = clock.setInterval(note("every"), 10);
    const never = clock.setTimeout(note("never"), 15);
    never.cancel();
    never.cancel();
    clock.advance(26);
    expect(log).toEqual(["first 10", "every 10", "second 20", "every 20", "started 25"]);
    expect(clock.now()).toBe(26);
    every.cancel();
    clock.advance(100);
    expect([log.length, clock.now(), clock.pending]).toEqual([5, 126, 0]);
  });

  test("gives promises their turn between timers", async () => {
    const clock = manualClock();
    const wait = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
    const times: number[] = [];
    const work = (async () => {
      for (let i = 0; i < 5; i++) {
        await wait(10);
        times.push(clock.now());
      }
    })();
    await clock.advanceAsync(100);
    await work;
    expect(times).toEqual([10, 20, 30, 40, 50]);
    expect(clock.now()).toBe(100);
  });
});

test("the clock of the machine goes on, and its timers come unless they are cancelled", async () => {
  const start = systemClock.now();
  const cancelled = systemClock.setTimeout(() => expect.unreachable(), 0);
  cancelled.cancel();
  await new Promise<void>((resolve) => {
    const every = systemClock.setInterval(() => {
      every.cancel();
      systemClock.setTimeout(resolve, 1);
    }, 1);
  });
  expect(systemClock.now()).toBeGreaterThan(start);
});

describe("waits over 2³¹−1 ms, which the platform's timers take for none", () => {
  const DAY = 86_400_000;

  test.each([
    ["the clock of the machine", systemClock],
    ["the timers of the platform", platformTimers],
  ])("%s: once, when it is time, unless cancelled", (_, timers) => {
    vi.useFakeTimers();
    try {
      const run = vi.fn();
      timers.setTimeout(run, 60 * DAY);
      const cancelled = timers.setTimeout(() => expect.unreachable(), 60 * DAY);
      const never = timers.setTimeout(() => expect.unreachable(), Number.POSITIVE_INFINITY);
      vi.advanceTimersByTime(60 * DAY - 1);
      expect(run).not.toHaveBeenCalled();
      cancelled.cancel();
      vi.advanceTimersByTime(1);
      expect(run).toHaveBeenCalledTimes(1);
      vi.advanceTimersByTime(200 * DAY);
      expect(run).toHaveBeenCalledTimes(1);
      never.cancel();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("every month, until cancelled by itself", () => {
    vi.useFakeTimers();
    try {
      let runs = 0;
      const every = systemClock.setInterval(() => {
        if (++runs === 3) every.cancel();
      }, 30 * DAY);
      vi.advanceTimersByTime(60 * DAY);
      expect(runs).toBe(2);
      vi.advanceTimersByTime(300 * DAY);
      expect([runs, vi.getTimerCount()]).toEqual([3, 0]);
    } finally {
      vi.useRealTimers();
    }
  });
});

test("a cache that was not closed does not keep the process alive", () => {
  const cache = JSON.stringify(import.meta.resolve("../dist/index.js"));
  const script = `import { BufferCache } from ${cache}; new BufferCache();`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
});

describe("options of weeks and months", () => {
  const DAY = 24 * 3600 * 1000;
  const longest = 2 ** 31 - 1;

  test("a pass every month comes every month, on the clock of the machine", () => {
    vi.useFakeTimers();
    try {
      const cache = new BufferCache({ passInterval: 30 * 24 * 3600 * 1000 });
      expect(vi.getTimerCount()).toBe(0);
      // Passes begin when the cache is first used.
      cache.tempref(Checksum.of(new Uint8Array([1])));
      let passes = 0;
      cache.evict = () => void passes++;
      vi.advanceTimersByTime(29 * DAY);
      expect(passes).toBe(0);
      vi.advanceTimersByTime(32 * DAY);
      expect(passes).toBe(2);
      cache.close();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("never is never", () => {
    vi.useFakeTimers();
    try {
      const cache = new BufferCache({ passInterval: Number.POSITIVE_INFINITY });
      cache.tempref(Checksum.of(new Uint8Array([1])));
      let passes = 0;
      cache.evict = () => void passes++;
      vi.advanceTimersByTime(400 * DAY);
      expect(passes).toBe(0);
      cache.close();
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([3e9, Number.POSITIVE_INFINITY])("a store that may take %d ms has them", async (storeTimeout) => {
    vi.useFakeTimers();
    try {
      const { promise, resolve: answer } = deferred<Uint8Array>();
      const store = { ...memoryStore(), get: () => promise };
      const cache = new BufferCache({ passInterval: Number.POSITIVE_INFINITY });
      const runtime = createRuntime({ cache, stores: [store], storeTimeout });
      const bytes = new Uint8Array(10);
      const resolved = runtime.resolve(Checksum.of(bytes));
      await vi.advanceTimersByTimeAsync(longest + 1000);
      answer(bytes);
      expect((await resolved).length).toBe(10);
      expect(vi.getTimerCount()).toBe(1);
      await runtime.close();
      cache.close();
    } finally {
      vi.useRealTimers();
    }
  });

  test("interest that fades over years fades then", () => {
    const clock = manualClock();
    const cache = new BufferCache({
      clock,
      passInterval: 24 * 3600 * 1000,
      tempref: { fadeInterval: 365 * 24 * 3600 },
    });
    const buffer = fakeBuffer("kept", 10);
    cache.register(buffer);
    cache.tempref(buffer.checksum);
    clock.advance(14 * 365 * DAY);
    expect(cache.stats().temprefs).toBe(1);
    clock.advance(366 * DAY);
    expect(cache.stats().temprefs).toBe(0);
    expect(() => cache.tempref(buffer.checksum, { fadeInterval: Number.POSITIVE_INFINITY })).toThrow(/fadeInterval/);
    cache.close();
  });
});
