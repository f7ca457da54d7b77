import { deferred, forever, rejection, turn } from "@seamless/internal/testing";
import { describe, expect, test } from "vitest";
import { memoryRecord, type RecordEntry, type TransformationRecord } from "../src/transformations/record.ts";
import { call, int, lab } from "./support/lab.ts";

const two = int(2);
const three = int(3);
const ADD = call("add", { a: two.getChecksum(), b: three.getChecksum() });

describe("the record", () => {
  test("full: the result is given, but nobody is told that it can be made again", async () => {
    const { cache, fingertipper } = lab({ record: memoryRecord({ maxEntries: 1 }) });
    cache.register(two);
    cache.register(three);
    await fingertipper.run(ADD);
    cache.recipes.clear();
    const found = await fingertipper.run(call("increment", { x: two.getChecksum() }));
    expect(found).toMatchObject({ origin: "computed", recorded: false });
    expect(found.buffer?.content).toEqual(int(3).content);
    expect(cache.recipes.size).toBe(0);
  });

  test.each(["find", "add"] as const)("failing to %s is an error that names it", async (method) => {
    const record: TransformationRecord = {
      ...memoryRecord(),
      name: "the ledger",
      [method]: async () => Promise.reject(new Error("disk on fire")),
    };
    const { cache, fingertipper } = lab({ record });
    cache.register(two);
    cache.register(three);
    const error = await rejection(fingertipper.run(ADD));
    expect(error).toMatchObject({ code: "STORE_FAILED", store: "the ledger" });
    expect(String(error)).toContain("disk on fire");
    expect(cache.recipes.size).toBe(0);
  });

  test("restore tells the cache of everything that can be run here", async () => {
    const record = memoryRecord();
    const before = lab({ record });
    before.cache.register(two);
    before.cache.register(three);
    before.transformations.register("gone", () => 1);
    const { result } = await before.fingertipper.run(ADD);
    const gone = await before.fingertipper.run(call("gone", {}));
    const after = lab({ record });
    expect(await after.fingertipper.restore()).toBe(1);
    expect(after.cache.recipes.has(result.hex())).toBe(true);
    expect(after.cache.recipes.has(gone.result.hex())).toBe(false);
    const reason = new Error("enough");
    expect(await rejection(after.fingertipper.restore({ signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});

describe("at once, and aborts", () => {
  const reason = new Error("enough");

  test("one transformation that is wanted many times runs once", async () => {
    const { cache, fingertipper, ran } = lab();
    cache.register(two);
    cache.register(three);
    const all = await Promise.all(Array.from({ length: 10 }, () => fingertipper.run(ADD)));
    expect(new Set(all.map(({ buffer }) => buffer)).size).toBe(1);
    expect(ran).toHaveLength(1);
  });

  test("one that gives up does not stop it for the others; the last one does", async () => {
    const { fingertipper, transformations } = lab();
    const answer = deferred<number>();
    const signals: AbortSignal[] = [];
    transformations.register("slow", (_, { signal }) => {
      signals.push(signal);
      return answer.promise;
    });
    const controllers = [1, 2].map(() => new AbortController());
    const running = controllers.map(({ signal }) => rejection(fingertipper.run(call("slow", {}), { signal })));
    await turn();
    controllers[0]?.abort(reason);
    expect(await running[0]).toBe(reason);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    controllers[1]?.abort(reason);
    expect(await running[1]).toBe(reason);
    expect(signals[0]?.reason).toBe(reason);
    answer.resolve(1);
  });

  test("a function that ignores its signal is left behind, and nothing is recorded", async () => {
    const added: RecordEntry[] = [];
    const record = { ...memoryRecord(), add: async (entry: RecordEntry) => added.push(entry) > 0 };
    const { cache, fingertipper, transformations } = lab({ record });
    transformations.register("deaf", () => forever);
    const controller = new AbortController();
    const running = rejection(fingertipper.run(call("deaf", {}), { signal: controller.signal }));
    await turn();
    controller.abort(reason);
    expect(await running).toBe(reason);
    await turn();
    expect(added).toEqual([]);
    expect(cache.buffers.size).toBe(0);
  });

  test("before the start nothing runs", async () => {
    const { cache, fingertipper, ran } = lab();
    cache.register(two);
    cache.register(three);
    expect(await rejection(fingertipper.run(ADD, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    await turn();
    expect(ran).toEqual([]);
  });
});
