import { Buffer } from "@seamless/celltypes";
import { turn } from "@seamless/internal/testing";
import { expect, test } from "vitest";
import { convert } from "../src/index.ts";

/** Warnings that Node emits during the work. */
async function warnings(work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const note = (warning: Error) => void seen.push(warning.name);
  process.on("warning", note);
  await work();
  // Warnings are emitted in the next tick.
  await turn();
  process.off("warning", note);
  return seen;
}

const buffers = Array.from({ length: 50 }, (_, i) => new Buffer(`text ${i}`, "text"));

test("fifty conversions at once with one signal add one listener, and end with it", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  const seen = await warnings(async () => {
    const waiting = buffers.map((buffer) =>
      convert(buffer.getChecksum(), "text", "str", () => new Promise<never>(() => {}), { signal }),
    );
    await turn();
    const reason = new Error("enough");
    controller.abort(reason);
    const ends = await Promise.allSettled(waiting);
    expect(ends.map((end) => (end.status === "rejected" ? end.reason : end.value))).toEqual(buffers.map(() => reason));
  });
  expect([listeners, seen]).toEqual([1, []]);
});

test("a signal outlives the conversions that it was given to", async () => {
  const { signal } = new AbortController();
  const seen = await warnings(async () => {
    for (let round = 0; round < 3; round++) {
      const made = await Promise.all(
        buffers.map((buffer) => convert(buffer.getChecksum(), "text", "yaml", async () => buffer, { signal })),
      );
      expect(made).toHaveLength(50);
    }
  });
  expect(seen).toEqual([]);
});
