import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { onAbort, untilAborted } from "../src/abort.ts";
import { forever } from "../src/testing.ts";

const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

const warnings: Error[] = [];
const collect = (warning: Error) => void warnings.push(warning);
beforeEach(() => void process.on("warning", collect));
afterEach(() => {
  process.off("warning", collect);
  expect(warnings.splice(0)).toEqual([]);
});

describe("fifty that wait for one signal", () => {
  test("have one listener between them, and none once they have been forgotten", async () => {
    const { signal } = new AbortController();
    const forgets = Array.from({ length: 50 }, () => onAbort(signal, () => expect.unreachable()));
    expect(listeners(signal)).toBe(1);
    for (const forget of forgets.slice(1)) forget();
    expect(listeners(signal)).toBe(1);
    forgets[0]!();
    expect(listeners(signal)).toBe(0);
    for (const forget of forgets) forget();
    await new Promise(setImmediate);
  });

  test("are all told, in order, once", () => {
    const controller = new AbortController();
    const told: number[] = [];
    for (let i = 0; i < 50; i++) onAbort(controller.signal, () => void told.push(i));
    controller.abort();
    controller.abort();
    expect(told).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(listeners(controller.signal)).toBe(0);
  });

  test("promises: rejected with its reason, and nothing is left behind", async () => {
    const controller = new AbortController();
    const waiting = Array.from({ length: 50 }, () => untilAborted(forever, controller.signal));
    const settled = await Promise.all(
      Array.from({ length: 50 }, (_, i) => untilAborted(Promise.resolve(i), controller.signal)),
    );
    expect(settled.length).toBe(50);
    expect(listeners(controller.signal)).toBe(1);
    controller.abort("over");
    expect(
      (await Promise.allSettled(waiting)).every((each) => each.status === "rejected" && each.reason === "over"),
    ).toBe(true);
    expect(listeners(controller.signal)).toBe(0);
  });
});

test("one that was forgotten by one before it is not told", () => {
  const controller = new AbortController();
  let forget = () => {};
  const told: string[] = [];
  onAbort(controller.signal, () => {
    told.push("first");
    forget();
  });
  forget = onAbort(controller.signal, () => void told.push("second"));
  onAbort(controller.signal, () => void told.push("third"));
  controller.abort();
  expect(told).toEqual(["first", "third"]);
});

test("a signal that was aborted before tells at once; none at all never does", () => {
  let told = 0;
  onAbort(AbortSignal.abort(), () => void told++)();
  onAbort(undefined, () => void told++)();
  expect(told).toBe(1);
});

test("after all have been forgotten, others may wait again", () => {
  const controller = new AbortController();
  const first = onAbort(controller.signal, () => expect.unreachable());
  first();
  let told = 0;
  onAbort(controller.signal, () => void told++);
  first();
  controller.abort();
  expect(told).toBe(1);
});
