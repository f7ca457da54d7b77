import { type ErrorCode, SeamlessError } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import { manualClock } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { BackgroundWriter } from "../src/writer/writer.ts";
import { flakyStore } from "./support/flaky-store.ts";
import { text } from "./support/stores.ts";
import { FakeWriterCache } from "./support/writer-cache.ts";

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
