import { isSeamlessError, SeamlessError } from "@seamless/checksum";
import { forever, rejection, turn } from "@seamless/internal/testing";
import { type ManualClock, manualClock, type Store } from "@seamless/store";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WriterOptions } from "../src/writer/options.ts";
import { BackgroundWriter } from "../src/writer/writer.ts";
import { type FlakyStore, flakyStore } from "./support/flaky-store.ts";
import { text } from "./support/stores.ts";
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

describe("a failure that another attempt would only repeat", () => {
  const typeError = (message: string, cause?: unknown) => Object.assign(new TypeError(message), cause && { cause });
  const LASTING: Readonly<Record<string, unknown>> = {
    "a mistake in the store": new TypeError("store.connect is not a function"),
    "another mistake": new RangeError("Invalid array length"),
    "of another realm": { name: "ReferenceError", message: "x is not defined" },
    "what the platform lacks": new Error("Method not implemented."),
    "a read-only file system": Object.assign(new Error("EROFS"), { code: "EROFS" }),
    "ENOSYS inside of an IO_ERROR": new SeamlessError("IO_ERROR", "cannot sync", { cause: { code: "ENOSYS" } }),
    "a mistake inside of a STORE_FAILED": new SeamlessError("STORE_FAILED", "failed", { cause: new TypeError("no") }),
    "all tiers refuse": new SeamlessError("STORE_FAILED", "2 tiers failed", {
      errors: [new SeamlessError("READ_ONLY", "a"), new SeamlessError("ACCESS_DENIED", "b")],
    }),
    ...Object.fromEntries(
      (
        [
          "ACCESS_DENIED",
          "CHECKSUM_MISMATCH",
          "READ_ONLY",
          "NOT_A_DIRECTORY",
          "UNSUPPORTED",
          "INVALID_ARGUMENT",
        ] as const
      ).map((code) => [code, new SeamlessError(code, "no")]),
    ),
  };
  test.each(Object.entries(LASTING))("%s: one attempt, and flush ends with it", async (_, cause) => {
    const store = flakyStore("broken", () => {
      throw cause;
    });
    const { cache, clock, writer } = setUp([store]);
    cache.reference(...texts(3));
    // Without any time passing.
    const error = await rejection(writer.flush());
    expect(store.puts.length).toBe(3);
    expect(clock.pending).toBe(0);
    if (!isSeamlessError(error, "STORE_FAILED")) throw error;
    expect(error.errors!.map(({ code, store: name, cause: why }) => [code, name, why])).toEqual(
      Array(3).fill(["STORE_FAILED", "broken", cause]),
    );
    await rejection(writer.close());
  });

  const PASSING: Readonly<Record<string, unknown>> = {
    "a plain error": new Error("socket hang up"),
    "a refused connection": Object.assign(new Error("connect"), { code: "ECONNREFUSED" }),
    "fetch in Node": typeError("fetch failed", { code: "ECONNRESET" }),
    "fetch in Chrome": typeError("Failed to fetch"),
    "fetch in Safari": typeError("Load failed"),
    "a full disk": new SeamlessError("DISK_FULL", "no space"),
    "a disk that is not there": new SeamlessError("NOT_FOUND", "no such folder"),
    "one tier of two that may work again": new SeamlessError("STORE_FAILED", "2 tiers failed", {
      errors: [
        new SeamlessError("READ_ONLY", "a"),
        new SeamlessError("STORE_FAILED", "b", { cause: new Error("down") }),
      ],
    }),
    "nothing at all": undefined,
  };
  test.each(Object.entries(PASSING))("not %s: written once it works", async (_, cause) => {
    const store = flakyStore("down");
    const { cache, clock, writer } = setUp([store]);
    store.before = () => {
      if (clock.now() < SECOND) throw cause;
    };
    cache.reference(...texts(1));
    await clock.advanceAsync(MINUTE);
    expect(store.contents.size).toBe(1);
    await writer.close();
  });

  test("has of a store that gives no list", async () => {
    const store = { ...flakyStore("odd"), has: async () => undefined as never };
    const { cache, writer } = setUp([store]);
    cache.reference(text("x".repeat(100_000)));
    const error = await rejection(writer.flush());
    expect(error).toMatchObject({ code: "STORE_FAILED", errors: [{ store: "odd", cause: expect.any(TypeError) }] });
    await rejection(writer.close());
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

describe("close", () => {
  test("without a signal ends after 30 s, and names what was not stored", async () => {
    const store = flakyStore("hangs", () => forever);
    const { cache, clock, writer } = setUp([store]);
    cache.reference(...texts(10));
    const closing = rejection(writer.close());
    let ended = false;
    void closing.then(() => {
      ended = true;
    });
    await clock.advanceAsync(30 * SECOND - 1);
    expect(ended).toBe(false);
    await clock.advanceAsync(1);
    const error = (await closing) as SeamlessError;
    expect(error).toMatchObject({ code: "STORE_FAILED", errors: { length: 10 }, cause: { code: "STORE_FAILED" } });
    expect(error.message).toContain("30000 ms");
    expect(new Set(error.errors!.map(({ checksum }) => checksum!.hex()))).toEqual(
      new Set(texts(10).map((buffer) => buffer.getChecksum().hex())),
    );
    expect(clock.pending).toBe(0);
  });

  test.each([
    ["another timeout", { timeout: 5 * SECOND }, 5 * SECOND],
    ["one over 24.8 days", { timeout: 3e9 }, 3e9],
    ["one beside a signal", { timeout: SECOND, signal: new AbortController().signal }, SECOND],
  ])("with %s: then", async (_, options, after) => {
    const { cache, clock, writer } = setUp([flakyStore("hangs", () => forever)], { timeout: Number.POSITIVE_INFINITY });
    cache.reference(...texts(1));
    let ended = false;
    const closing = rejection(writer.close(options)).then(() => {
      ended = true;
    });
    await clock.advanceAsync(after - 1);
    expect(ended).toBe(false);
    await clock.advanceAsync(1);
    await closing;
  });

  test.each([
    ["a signal", () => ({ signal: new AbortController().signal })],
    ["no limit", () => ({ timeout: Number.POSITIVE_INFINITY })],
  ])("with %s waits as long as it takes, unless it is called again by somebody less patient", async (_, options) => {
    const { cache, clock, writer } = setUp([flakyStore("hangs", () => forever)], { timeout: Number.POSITIVE_INFINITY });
    cache.reference(...texts(1));
    let ended = false;
    const closing = rejection(writer.close(options())).then(() => {
      ended = true;
    });
    await clock.advanceAsync(60 * MINUTE);
    expect(ended).toBe(false);
    const again = rejection(writer.close());
    await clock.advanceAsync(30 * SECOND);
    expect(await again).toMatchObject({ code: "STORE_FAILED", errors: { length: 1 } });
    await closing;
  });

  test("tells what went wrong before the time was over, of what was tried and of what waited behind it", async () => {
    const refused = new Error("connection refused");
    const store = flakyStore("down", () => {
      throw refused;
    });
    const { cache, clock, writer } = setUp([store], { concurrency: 1 });
    const [tried, waiting] = texts(2);
    cache.reference(tried!, waiting!);
    await clock.advanceAsync(1);
    expect(store.puts).toHaveLength(1);
    const closing = rejection(writer.close({ timeout: 1 }));
    await clock.advanceAsync(1);
    const error = (await closing) as SeamlessError;
    expect(error).toMatchObject({ code: "STORE_FAILED", cause: { message: expect.stringContaining("1 ms") } });
    expect(error.message).toMatch(/not finished within 1 ms.*last: connection refused/);
    for (const buffer of [tried, waiting]) {
      const one = error.errors!.find(({ checksum }) => checksum!.equals(buffer!.getChecksum()));
      expect(one).toMatchObject({ cause: refused, message: expect.stringMatching(/1 ms.*last: connection refused/) });
    }
    expect([cache.writing.size, clock.pending]).toEqual([0, 0]);
  });

  test("does not blame a store for what it has got over", async () => {
    const store = flakyStore("hangs");
    let puts = 0;
    store.before = () => {
      puts++;
      if (puts === 1) throw new Error("connection refused");
      return puts === 2 ? undefined : forever;
    };
    const { cache, clock, writer } = setUp([store]);
    cache.reference(text("first"));
    await clock.advanceAsync(MINUTE);
    expect(store.contents.size).toBe(1);
    cache.reference(text("second"));
    const closing = rejection(writer.close());
    await clock.advanceAsync(30 * SECOND);
    expect(((await closing) as SeamlessError).message).not.toContain("last:");
  });

  test("with a timeout that is none closes nothing", async () => {
    const store = flakyStore();
    const { cache, writer } = setUp([store]);
    expect(await rejection(writer.close({ timeout: -1 }))).toMatchObject({ code: "INVALID_ARGUMENT" });
    cache.reference(...texts(1));
    await writer.close();
    expect(store.contents.size).toBe(1);
  });

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
