import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { manualClock, systemClock } from "../src/index.ts";

describe("the manual clock", () => {
  test("runs what is due in order, each at its time, and what that starts", () => {
    const clock = manualClock();
    const log: string[] = [];
    const note = (what: string) => () => log.push(`${what} ${clock.now()}`);
    clock.setTimeout(() => {
      note("second")();
      clock.setTimeout(note("started"), 5);
    }, 20);
    clock.setTimeout(note("first"), 10);
    const every = clock.setInterval(note("every"), 10);
    const never = clock.setTimeout(note("never"), 15);
    never.cancel();
    never.cancel();
    clock.advance(26);
    expect(log).toEqual(["first 10", "every 10", "second 20", "every 20", "started 25"]);
    expect(clock.now()).toBe(26);
    every.cancel();
    clock.advance(100);
    expect([log.length, clock.now(), clock.pending]).toEqual([5, 126, 0]);
  });

  test("gives promises their turn between timers", async () => {
    const clock = manualClock();
    const wait = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
    const times: number[] = [];
    const work = (async () => {
      for (let i = 0; i < 5; i++) {
        await wait(10);
        times.push(clock.now());
      }
    })();
    await clock.advanceAsync(100);
    await work;
    expect(times).toEqual([10, 20, 30, 40, 50]);
    expect(clock.now()).toBe(100);
  });
});

test("the clock of the machine goes on, and its timers come unless they are cancelled", async () => {
  const start = systemClock.now();
  const cancelled = systemClock.setTimeout(() => expect.unreachable(), 0);
  cancelled.cancel();
  await new Promise<void>((resolve) => {
    const every = systemClock.setInterval(() => {
      every.cancel();
      systemClock.setTimeout(resolve, 1);
    }, 1);
  });
  expect(systemClock.now()).toBeGreaterThan(start);
});

test("a cache that was not closed does not keep the process alive", () => {
  const cache = JSON.stringify(import.meta.resolve("../dist/index.js"));
  const script = `import { BufferCache } from ${cache}; new BufferCache();`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
});
