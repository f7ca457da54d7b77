import { rejection } from "@seamless/internal/testing";
import { memoryStore, type Store } from "@seamless/store";
import { expect, test } from "vitest";
import { tieredStore } from "../src/tiered/tiered-store.ts";
import { collect, sample } from "./support/sample.ts";

const [one, two, three] = [sample(10, 1), sample(20, 2), sample(30, 3)];

async function tiers() {
  const [near, middle, far] = ["near", "middle", "far"].map((name) => memoryStore({ name }));
  for (const { checksum, bytes } of [one, two]) await near!.put(checksum, bytes);
  for (const { checksum, bytes } of [two, three]) await middle!.put(checksum, bytes);
  for (const { checksum, bytes } of [one, two, three]) await far!.put(checksum, bytes);
  return { near: near!, middle: middle!, far: far! };
}

const listed = async (store: Store) => (await collect(store.list!())).map(({ checksum }) => checksum.hex()).sort();
const all = [one, two, three].map(({ checksum }) => checksum.hex()).sort();

test("list gives what any tier has, once", async () => {
  const { near, middle, far } = await tiers();
  expect(await listed(tieredStore([near, middle, far]))).toEqual(all);
  expect(await listed(tieredStore([near, middle]))).toEqual(all);
});

test("delete and touch reach all tiers", async () => {
  const { near, middle, far } = await tiers();
  const store = tieredStore([near, middle, far]);
  expect(await store.touch!([one.checksum, sample(5, 9).checksum])).toEqual([true, false]);
  expect(await store.delete!(two.checksum)).toBe(true);
  for (const tier of [near, middle, far]) expect(await tier.has([two.checksum])).toEqual([false]);
  expect(await store.delete!(two.checksum)).toBe(false);
});

test("what lies in a read-only tier cannot be removed for good", async () => {
  const { near, far } = await tiers();
  const mixed = tieredStore([near, { ...far, writable: false }]);
  expect([mixed.delete, typeof mixed.touch]).toEqual([undefined, "function"]);
  const readOnly = tieredStore([
    { ...near, writable: false },
    { ...far, writable: false },
  ]);
  expect(await rejection(readOnly.delete!(one.checksum))).toMatchObject({ code: "READ_ONLY" });
});

test("a tier that fails is told, and the others are done all the same", async () => {
  const { near, middle } = await tiers();
  const failing: Store = { ...near, delete: () => Promise.reject(new Error("busy")) };
  const error = await rejection(tieredStore([failing, middle]).delete!(two.checksum));
  expect(error).toMatchObject({ code: "STORE_FAILED", errors: [{ store: "near" }] });
  expect(await middle.has([two.checksum])).toEqual([false]);
});

test("what one tier cannot, all of them cannot", async () => {
  const { near, middle } = await tiers();
  const { list: _, delete: __, touch: ___, ...plain } = middle;
  const store = tieredStore([near, plain]);
  expect([store.list, store.delete, store.touch]).toEqual([undefined, undefined, undefined]);
});
