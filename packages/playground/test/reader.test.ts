import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Reader } from "../src/value/reader.ts";

/** Workers that never answer. */
const workers: SilentWorker[] = [];

class SilentWorker extends EventTarget {
  onerror: ((event: { readonly message: string }) => void) | null = null;
  isTerminated = false;
  constructor() {
    super();
    workers.push(this);
  }
  postMessage(): void {}
  terminate(): void {
    this.isTerminated = true;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("Worker", SilentWorker);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  workers.length = 0;
});

test("what takes too long is stopped, and all that waits behind it; then a new worker is begun with", async () => {
  const reader = new Reader();
  const calls = [
    reader.call((functions) => functions.check("plain")),
    reader.call((functions) => functions.lines(0, 1)),
  ];
  await vi.advanceTimersByTimeAsync(20_000);
  const stopped = { failure: { message: "stopped, since it took over 20 seconds" } };
  expect(await Promise.all(calls)).toEqual([stopped, stopped]);
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true]);
  void reader.call((functions) => functions.check("plain"));
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, false]);
  reader.close();
});

test("calls that are given up give nothing, and a worker that does nothing is kept", async () => {
  const reader = new Reader();
  const call = reader.call((functions) => functions.check("plain"));
  reader.giveUp();
  expect(await call).toBeUndefined();
  reader.giveUp();
  const next = reader.call((functions) => functions.check("plain"));
  expect(workers).toHaveLength(2);
  reader.close();
  expect(await next).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

test("a worker that cannot be loaded is a failure", async () => {
  const reader = new Reader();
  const call = reader.call((functions) => functions.check("plain"));
  workers[0]!.onerror?.({ message: "" });
  expect(await call).toEqual({ failure: { message: "what does it was not loaded: is there a network?" } });
});
