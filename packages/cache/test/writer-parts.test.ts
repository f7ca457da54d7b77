import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo, Recent } from "../src/writer/store-queue.ts";

test("a queue gives what a list gives, first in first out", () => {
  const steps = fc.array(fc.constantFrom("push", "shift", "shift", "peek", "drain"), { maxLength: 200, size: "max" });
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new Fifo<number>();
      let list: number[] = [];
      for (const [i, step] of all.entries()) {
        if (step === "push") {
          list.push(i);
          queue.push(i);
        } else if (step === "drain") {
          expect(queue.drain()).toEqual(list);
          list = [];
        } else if (step === "shift") expect(queue.shift()).toBe(list.shift());
        else expect(queue.peek()).toBe(list[0]);
        expect(queue.size).toBe(list.length);
      }
    }),
  );
});

test("the recent keys are remembered, and twice as many at most", () => {
  const recent = new Recent(100);
  for (let i = 0; i < 10_000; i++) {
    recent.add(`${i}`);
    expect(recent.has(`${i}`) && recent.has(`${Math.max(0, i - 99)}`)).toBe(true);
  }
  const known = Array.from({ length: 10_000 }, (_, i) => recent.has(`${i}`)).filter(Boolean);
  expect(known.length).toBeLessThanOrEqual(200);
});
