import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { forever, rejection } from "@seamless/internal/testing";
import { type ManualClock, manualClock } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { type FlakyStore, flakyStore } from "./support/flaky-store.ts";
import { text } from "./support/stores.ts";
import { setUp, texts } from "./support/writer-cache.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Fails until the clock has come so far. */
function downUntil(store: FlakyStore, clock: ManualClock, time: number): void {
  store.before = () => {
    if (clock.now() < time) throw new Error("connection refused");
  };
}

describe("a store that fails", () => {
  test("for 30 seconds during writes: everything is written in the end, and it is not pestered", async () => {
    const store = flakyStore("down");
    const { cache, clock, writer } = setUp([store]);
    cache.reference(...texts(100));
    await clock.advanceAsync(1);
    downUntil(store, clock, 30 * SECOND);
    const more = Array.from({ length: 500 }, (_, i) => text(`more ${i}`));
    for (const buffer of more) {
      cache.reference(buffer);
      await clock.advanceAsync(20);
    }
    expect(writer.stats()).toMatchObject({ waiting: 500, failed: 0, failingStores: ["down"] });
    expect(cache.writing.size).toBe(500);
    const whileDown = store.puts.length - 100;
    const flushed = writer.flush();
    await clock.advanceAsync(60 * SECOND);
    await flushed;
    expect(store.contents.size).toBe(600);
    expect(whileDown).toBeLessThan(20);
    expect(writer.stats()).toMatchObject({ waiting: 0, failingStores: [] });
    expect(cache.writing.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test("once: the buffer is tried again after a while", async () => {
    const store = flakyStore();
    const { cache, clock, writer } = setUp([store]);
    downUntil(store, clock, 1);
    cache.reference(...texts(1));
    await clock.advanceAsync(199);
    expect(store.puts.length).toBe(1);
    await clock.advanceAsync(1);
    expect(store.contents.size).toBe(1);
    await writer.close();
  });

  test("for longer than the patience: given up, named, kept, and written once it works again", async () => {
    const store = flakyStore("down");
    const { cache, clock, writer } = setUp([store]);
    downUntil(store, clock, Number.POSITIVE_INFINITY);
    const buffers = texts(10);
    cache.reference(...buffers);
    await clock.advanceAsync(6 * MINUTE);
    expect(writer.stats()).toMatchObject({ waiting: 0, failed: 10 });
    expect(cache.writing.size).toBe(10);
    const before = store.puts.length;
    const error = await rejection(writer.flush());
    // One attempt tells that it is still down.
    expect(store.puts.length - before).toBeLessThanOrEqual(8);
    if (!isSeamlessError(error, "STORE_FAILED")) throw error;
    expect(error.errors!.map(({ checksum }) => checksum!.hex()).sort()).toEqual(
      buffers.map((buffer) => buffer.getChecksum().hex()).sort(),
    );
    expect(error.errors![0]).toMatchObject({ store: "down", message: expect.stringContaining("connection refused") });

    store.before = () => {};
    cache.reference(text("a new one"));
    await clock.advanceAsync(MINUTE);
    expect(store.contents.size).toBe(11);
    expect(writer.stats()).toMatchObject({ waiting: 0, failed: 0 });
    expect(cache.writing.size).toBe(0);
    await writer.close();
  });

  test("flush and write try again what was given up", async () => {
    const store = flakyStore("down");
    const { cache, clock, writer } = setUp([store], { patience: SECOND });
    downUntil(store, clock, MINUTE);
    const [a, b] = texts(2);
    cache.reference(a!, b!);
    await clock.advanceAsync(MINUTE);
    expect(writer.stats().failed).toBe(2);
    await writer.write(a!);
    await writer.flush();
    expect(store.contents.size).toBe(2);
  });

  test("for one buffer only: the others pass by, and the one is given up", async () => {
    const store = flakyStore("picky");
    const { cache, clock, writer } = setUp([store]);
    const [bad, ...good] = texts(200);
    store.before = (checksum) => {
      if (checksum.equals(bad!.getChecksum())) throw new Error("cannot take this one");
    };
    cache.reference(bad!, ...good);
    await clock.advanceAsync(SECOND);
    expect(store.contents.size).toBe(199);
    expect(writer.stats()).toMatchObject({ waiting: 1, failed: 0 });
    await clock.advanceAsync(10 * MINUTE);
    expect(writer.stats()).toMatchObject({ waiting: 0, failed: 1 });
    const tries = store.puts.filter((put) => put.equals(bad!.getChecksum())).length;
    // When the store has shown that it works, it gets one more chance.
    for (let i = 0; i < 10; i++) {
      cache.reference(text(`later ${i}`));
      await clock.advanceAsync(MINUTE);
    }
    expect(store.puts.filter((put) => put.equals(bad!.getChecksum())).length).toBe(tries + 1);
    await expect(writer.close()).rejects.toMatchObject({ errors: [{ checksum: bad!.getChecksum() }] });
  });

  test("for good reason: not tried again", async () => {
    const store = flakyStore("small", (checksum) => {
      throw new SeamlessError("TOO_LARGE", "no room", { checksum });
    });
    const { cache, clock, writer } = setUp([store]);
    cache.reference(...texts(1));
    await clock.advanceAsync(MINUTE);
    expect(store.puts.length).toBe(1);
    const error = await rejection(writer.flush());
    expect(error).toMatchObject({ errors: [{ code: "STORE_FAILED", cause: { code: "TOO_LARGE" } }] });
  });

  test("beside one that works: named, but nothing is held for it", async () => {
    const [good, bad] = [flakyStore("good"), flakyStore("bad")];
    const { cache, clock, writer } = setUp([good, bad]);
    downUntil(bad, clock, Number.POSITIVE_INFINITY);
    cache.reference(...texts(3));
    await clock.advanceAsync(6 * MINUTE);
    expect(good.contents.size).toBe(3);
    expect(cache.writing.size).toBe(0);
    expect(writer.unwritten()).toEqual([]);
    expect(writer.stats()).toMatchObject({ failed: 0, incomplete: 3 });
    const error = await rejection(writer.flush());
    expect(error).toMatchObject({ errors: [{ store: "bad" }, { store: "bad" }, { store: "bad" }] });
    bad.before = () => {};
    await writer.close();
    expect(bad.contents.size).toBe(3);
  });

  test("to one that fails for a thousand buffers and more, only the last are remembered, and the rest counted", async () => {
    const [good, bad] = [flakyStore("good"), flakyStore("bad")];
    const { cache, clock, writer } = setUp([good, bad], { patience: 0 });
    downUntil(bad, clock, Number.POSITIVE_INFINITY);
    cache.reference(...texts(1500));
    await clock.advanceAsync(MINUTE);
    expect(writer.stats().incomplete).toBe(1500);
    const error = await rejection(writer.close());
    expect((error as SeamlessError).errors!.length).toBe(1000);
    expect((error as SeamlessError).message).toMatch(/and 500 more that another store has/);
  });

  test("takes nothing away from the speed of another", async () => {
    const [slow, fast] = [flakyStore("slow", () => forever), flakyStore("fast")];
    const { cache, clock, writer } = setUp([slow, fast]);
    cache.reference(...texts(100));
    await clock.advanceAsync(1);
    expect(fast.contents.size).toBe(100);
    expect(slow.puts.length).toBe(8);
    await rejection(writer.close({ signal: AbortSignal.abort(new Error("enough")) }));
  });
});

describe("a slow store", () => {
  test("is waited for", async () => {
    const clock = manualClock();
    const store = flakyStore("slow", () => new Promise((resolve) => clock.setTimeout(resolve, MINUTE)));
    const { cache, writer } = setUp([store], { clock });
    cache.reference(...texts(20));
    const flushed = writer.flush();
    await clock.advanceAsync(3 * MINUTE);
    await flushed;
    expect(store.puts.length).toBe(20);
  });

  test("that never answers is aborted after a while, and tried again", async () => {
    const store = flakyStore("hangs", (_, signal) => {
      signals.push(signal!);
      return signals.length === 1 ? forever : undefined;
    });
    const signals: AbortSignal[] = [];
    const { cache, clock, writer } = setUp([store], { timeout: MINUTE });
    cache.reference(...texts(1));
    const flushed = writer.flush();
    await clock.advanceAsync(MINUTE);
    expect(signals[0]!.aborted).toBe(true);
    await clock.advanceAsync(SECOND);
    await flushed;
    expect(store.contents.size).toBe(1);
  });
});

describe("times over 24.8 days", () => {
  const DAY = 24 * 3600 * SECOND;
  test("for one attempt: it has them all", async () => {
    const store = flakyStore("slow", (_, signal) => {
      given = signal;
      return forever;
    });
    let given: AbortSignal | undefined;
    const { cache, clock, writer } = setUp([store], { timeout: 40 * DAY, patience: 0 });
    cache.reference(...texts(1));
    await clock.advanceAsync(39 * DAY);
    expect(given!.aborted).toBe(false);
    await clock.advanceAsync(2 * DAY);
    expect(given!.aborted).toBe(true);
    await rejection(writer.close({ signal: AbortSignal.abort() }));
  });

  test.each([60 * DAY, Number.POSITIVE_INFINITY])("of patience (%d), and between attempts", async (patience) => {
    const store = flakyStore("down");
    const { cache, clock, writer } = setUp([store], { patience, firstDelay: 26 * DAY, maxDelay: Infinity });
    downUntil(store, clock, 27 * DAY);
    cache.reference(...texts(1));
    await clock.advanceAsync(25 * DAY);
    expect(store.puts.length).toBe(1);
    await clock.advanceAsync(2 * DAY);
    expect(store.puts.length).toBe(2);
    await clock.advanceAsync(52 * DAY);
    expect(store.contents.size).toBe(1);
    await writer.close();
  });

  test("without any limit: as long as it takes", async () => {
    const store = flakyStore("slow", () => forever);
    const { cache, clock, writer } = setUp([store], { timeout: Number.POSITIVE_INFINITY });
    cache.reference(...texts(1));
    await clock.advanceAsync(400 * DAY);
    expect(store.puts.length).toBe(1);
    await rejection(writer.close({ signal: AbortSignal.abort() }));
  });
});
