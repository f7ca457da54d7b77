import { SeamlessError } from "@seamless/checksum";
import { forever, rejection, turn } from "@seamless/internal/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flakyStore } from "./support/flaky-store.ts";
import { text } from "./support/stores.ts";
import { setUp, texts } from "./support/writer-cache.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

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
