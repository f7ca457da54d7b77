import { expect, test } from "vitest";
import { mapParallel } from "../src/parallel.ts";
import { rejection, turn } from "../src/testing.ts";

/** Work that is under way until it is told to end. */
function workshop() {
  const begun: number[] = [];
  const ends = new Map<number, { resolve: (value: string) => void; reject: (error: unknown) => void }>();
  const work = (item: number, index: number) => {
    expect(index).toBe(item);
    begun.push(item);
    return new Promise<string>((resolve, reject) => void ends.set(item, { resolve, reject }));
  };
  return { begun, ends, work };
}

test("results are in the order of the items, however they end; no more are under way than the limit", async () => {
  const { begun, ends, work } = workshop();
  const all = mapParallel([0, 1, 2, 3], { limit: 2 }, work);
  expect(begun).toEqual([0, 1]);
  ends.get(1)!.resolve("b");
  await turn();
  expect(begun).toEqual([0, 1, 2]);
  ends.get(2)!.resolve("c");
  ends.get(0)!.resolve("a");
  await turn();
  ends.get(3)!.resolve("d");
  expect(await all).toEqual(["a", "b", "c", "d"]);
});

test("after a failure nothing new begins, and what is under way is waited for", async () => {
  const { begun, ends, work } = workshop();
  let over = false;
  const failed = rejection(mapParallel([0, 1, 2, 3], { limit: 2 }, work)).finally(() => {
    over = true;
  });
  ends.get(1)!.reject(new Error("first"));
  await turn();
  expect(over).toBe(false);
  ends.get(0)!.reject(new Error("second"));
  expect(await failed).toEqual(new Error("first"));
  expect(begun).toEqual([0, 1]);
});

test("an aborted signal lets nothing new begin, and its reason is thrown", async () => {
  const { begun, ends, work } = workshop();
  const controller = new AbortController();
  const aborted = rejection(mapParallel([0, 1, 2], { limit: 1, signal: controller.signal }, work));
  controller.abort("over");
  ends.get(0)!.resolve("a");
  expect(await aborted).toBe("over");
  expect(begun).toEqual([0]);
});

test("items may come from any iterable, as they are made", async () => {
  function* items() {
    yield* [1, 2, 3];
  }
  expect(await mapParallel(items(), { limit: 8 }, async (item) => item * 2)).toEqual([2, 4, 6]);
  expect(await mapParallel([], { limit: 8 }, async () => expect.unreachable())).toEqual([]);
});
