import { type ErrorCode, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { manualClock } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { BackgroundWriter } from "../src/writer/writer.ts";
import { flakyStore } from "./support/flaky-store.ts";
import { text } from "./support/stores.ts";
import { FakeWriterCache, setUp, texts } from "./support/writer-cache.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const error = (code: ErrorCode, details = {}) => new SeamlessError(code, "no", details);

/** How often a buffer is sent to a store that always fails in this way. */
async function attempts(failure: unknown): Promise<number> {
  const store = flakyStore();
  store.before = () => {
    throw failure;
  };
  const cache = new FakeWriterCache();
  const clock = manualClock();
  const writer = new BackgroundWriter({ cache, stores: [store], clock, random: () => 0 });
  cache.reference(text("hello"));
  const flushed = rejection(writer.flush());
  await clock.advanceAsync(600_000);
  expect(await flushed).toMatchObject({ code: "STORE_FAILED" });
  return store.puts.length;
}

describe("a failure that cannot pass", () => {
  const LASTING: ErrorCode[] = ["ACCESS_DENIED", "CHECKSUM_MISMATCH", "READ_ONLY", "TOO_LARGE", "UNSUPPORTED"];

  test.each(LASTING)("%s is not tried again", async (code) => {
    expect(await attempts(error(code))).toBe(1);
  });

  test("nor is one that is the cause of a failed store, or of all that failed behind it", async () => {
    const one = error("STORE_FAILED", { cause: error("ACCESS_DENIED") });
    expect(await attempts(one)).toBe(1);
    expect(await attempts(error("STORE_FAILED", { errors: [one, error("READ_ONLY")] }))).toBe(1);
  });

  test("one that may pass is, also beside another that cannot, and where causes lead in a circle", async () => {
    const passing = error("STORE_FAILED", { cause: new Error("connection refused") });
    const circle: { cause?: unknown } = error("STORE_FAILED");
    circle.cause = circle;
    for (const failure of [
      passing,
      error("STORE_FAILED"),
      error("STORE_FAILED", { errors: [] }),
      error("STORE_FAILED", { errors: [passing, error("READ_ONLY")] }),
      circle,
    ]) {
      expect(await attempts(failure)).toBeGreaterThan(5);
    }
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
