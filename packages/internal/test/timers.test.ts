import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { rejection } from "../src/testing.ts";
import { LONGEST_TIMEOUT, longInterval, longTimeout, platformTimers, sleep } from "../src/timers.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("waits longer than the platform's timers take end when they should", () => {
  let calls = 0;
  longTimeout(() => void calls++, LONGEST_TIMEOUT * 2 + 5, false);
  vi.advanceTimersByTime(LONGEST_TIMEOUT * 2 + 4);
  expect(calls).toBe(0);
  vi.advanceTimersByTime(1);
  expect(calls).toBe(1);
});

test("Infinity never ends, and is cancelled like any other", () => {
  const { cancel } = platformTimers.setTimeout(() => expect.unreachable(), Number.POSITIVE_INFINITY);
  vi.advanceTimersByTime(LONGEST_TIMEOUT * 3);
  cancel();
  expect(vi.getTimerCount()).toBe(0);
});

test.each([10, LONGEST_TIMEOUT + 10])("an interval of %d ms comes again until it is cancelled", (ms) => {
  let calls = 0;
  const cancel = longInterval(() => void calls++, ms, true);
  for (let i = 1; i <= 3; i++) {
    vi.advanceTimersByTime(ms);
    expect(calls).toBe(i);
  }
  cancel();
  vi.advanceTimersByTime(ms * 2);
  expect(calls).toBe(3);
  expect(vi.getTimerCount()).toBe(0);
});

test("sleep ends with its time, or with the reason of its signal, and leaves no timer", async () => {
  const slept = sleep(100);
  vi.advanceTimersByTime(100);
  await slept;
  const controller = new AbortController();
  const stopped = rejection(sleep(100, controller.signal));
  controller.abort("over");
  expect(await stopped).toBe("over");
  expect(vi.getTimerCount()).toBe(0);
});
