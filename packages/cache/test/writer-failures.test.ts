import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ManualClock, manualClock } from "../src/clock/manual.ts";
import type { Store } from "../src/store/index.ts";
import { BackgroundWriter, type WriterOptions } from "../src/writer/index.ts";
import { type FlakyStore, flakyStore } from "./support/flaky-store.ts";
import { forever, rejection, text, turn } from "./support/stores.ts";
import { FakeWriterCache } from "./support/writer-cache.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

function setUp(stores: readonly Store[], options: Partial<WriterOptions> = {}) {
  const cache = new FakeWriterCache();
  const clock = manualClock();
  const writer = new BackgroundWriter({ cache, stores, clock, random: () => 0, ...options });
  return { cache, clock, writer };
}

const texts = (count: number) => Array.from({ length: count }, (_, i) => text(`text ${i}`));

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

describe("close", () => {
  test("names what is left when it is aborted, and why", async () => {
    const store = flakyStore("hangs", () => forever);
    const { cache, clock, writer } = setUp([store]);
    cache.reference(...texts(10));
    const controller = new AbortController();
    const closing = writer.close({ signal: controller.signal });
    await turn();
    const reason = new Error("out of time");
    controller.abort(reason);
    const error = await rejection(closing);
    expect(error).toMatchObject({ code: "STORE_FAILED", cause: reason });
    expect((error as SeamlessError).errors!.length).toBe(10);
    expect((error as SeamlessError).message).toContain("out of time");
    expect(cache.writing.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test("says the same the second time, and accepts nothing more", async () => {
    const store = flakyStore();
    const { cache, writer } = setUp([store]);
    cache.reference(...texts(1));
    const closing = writer.close();
    cache.reference(text("too late"));
    await closing;
    await writer.close();
    expect(store.contents.size).toBe(1);
  });

  const outcomes = fc.constantFrom("take", "take", "refuse", "fail", "take and fail", "corrupt");
  test("every accepted buffer is in a store or named, whatever stores do", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(outcomes, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 20_000 }),
        async (script, stores, count, patience) => {
          let step = 0;
          const all = Array.from({ length: stores }, (_, i) => flakyStore(`store ${i}`));
          const { cache, clock, writer } = setUp(all, { patience, concurrency: 3 });
          const buffers = texts(count);
          for (const store of all) {
            store.before = async (checksum) => {
              const outcome = script[step++ % script.length];
              await Promise.resolve();
              if (outcome === "refuse") throw new SeamlessError("READ_ONLY", "no");
              if (outcome === "fail") throw new Error("no");
              const buffer = buffers.find((each) => each.getChecksum().equals(checksum))!;
              if (outcome === "take and fail") store.contents.set(checksum.hex(), buffer.content);
              if (outcome === "take and fail") throw new Error("the answer was lost");
              if (outcome === "corrupt")
                throw new SeamlessError("CHECKSUM_MISMATCH", "broken on the way", { checksum });
            };
          }
          for (const buffer of buffers) {
            cache.reference(buffer);
            await clock.advanceAsync(100);
          }
          const closing = writer.close().then(
            () => undefined,
            (error: SeamlessError) => error,
          );
          await clock.advanceAsync(10 * MINUTE);
          const named = ((await closing)?.errors ?? []).map(({ checksum, store }) => `${checksum!.hex()} ${store}`);
          for (const buffer of buffers) {
            const hex = buffer.getChecksum().hex();
            for (const store of all) {
              expect(store.contents.has(hex) || named.includes(`${hex} ${store.name}`)).toBe(true);
            }
          }
          expect(cache.writing.size).toBe(0);
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});
