import { SeamlessError } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import { createRetry, mapBatches } from "../src/transfer/transfers.ts";

const never = new AbortController().signal;
const busy = () => new SeamlessError("STORE_FAILED", "busy");

describe("mapBatches", () => {
  test("asks for all, in order, with no batch too large", async () => {
    const sizes: number[] = [];
    const items = Array.from({ length: 2500 }, (_, i) => i);
    const answers = await mapBatches(items, async (batch) => {
      sizes.push(batch.length);
      return batch.map((item) => item * 2);
    });
    expect(sizes).toEqual([1000, 1000, 500]);
    expect(answers).toEqual(items.map((item) => item * 2));
    expect(await mapBatches([], () => Promise.reject(new Error("never")))).toEqual([]);
  });
});

describe("retry", () => {
  /** Fails so many times, then gives how often it was tried. */
  const failing = (times: number, error: () => Error = busy) => {
    let tries = 0;
    const work = async () => {
      if (tries++ < times) throw error();
      return tries;
    };
    return { work, tries: () => tries };
  };

  test("tries again where a store failed, as often as there are waits", async () => {
    const retry = createRetry(never, [1, 1, 1]);
    expect(await retry(failing(3).work)).toBe(4);
    await expect(retry(failing(4).work)).rejects.toThrow("busy");
  });

  test("waits longer from time to time", async () => {
    const retry = createRetry(never, [10, 60]);
    const started = performance.now();
    await retry(failing(2).work);
    expect(performance.now() - started).toBeGreaterThan(65);
  });

  test("does not where something else is wrong", async () => {
    const { work, tries } = failing(1, () => new SeamlessError("DISK_FULL", "full"));
    await expect(createRetry(never, [1])(work)).rejects.toThrow("full");
    expect(tries()).toBe(1);
  });

  test("does not where the store would fail again in the same way, and does not take it for gone", async () => {
    const retry = createRetry(never, [1]);
    const cause = new SeamlessError("READ_ONLY", "read-only");
    const { work, tries } = failing(1, () => new SeamlessError("STORE_FAILED", "lasting", { cause }));
    await expect(retry(work)).rejects.toThrow("lasting");
    expect(tries()).toBe(1);
    expect(await retry(failing(1).work)).toBe(2);
  });

  test("gives up at once with a store that is gone, until it answers again", async () => {
    const retry = createRetry(never, [1, 1]);
    await expect(retry(failing(9).work)).rejects.toThrow("busy");
    const { work, tries } = failing(9);
    await expect(retry(work)).rejects.toThrow("busy");
    expect(tries()).toBe(1);
    expect(await retry(failing(0).work)).toBe(1);
    expect(await retry(failing(2).work)).toBe(3);
  });

  test("asks in between: no second try if that is needless, nor if there is no answer", async () => {
    const needless = failing(9);
    expect(await createRetry(never, [1, 1])<number>(needless.work, async () => 7)).toBe(7);
    const mute = failing(9);
    await expect(createRetry(never, [1, 1])(mute.work, () => Promise.reject(new Error("mute")))).rejects.toThrow(
      "busy",
    );
    expect([needless.tries(), mute.tries()]).toEqual([1, 1]);
    expect(await createRetry(never, [1, 1])(failing(2).work, async () => undefined)).toBe(3);
  });

  test("an abort ends the wait", async () => {
    const controller = new AbortController();
    const work = createRetry(controller.signal, [60_000])(failing(9).work);
    setTimeout(() => controller.abort(), 10);
    await expect(work).rejects.toThrow();
  });
});
