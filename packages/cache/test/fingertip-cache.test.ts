import type { Checksum } from "@seamless/checksum";
import { expect, onTestFinished, test } from "vitest";
import { BufferCache } from "../src/cache/buffer-cache.ts";
import { Resolver } from "../src/resolve/resolver.ts";
import { Fingertipper } from "../src/transformations/fingertip.ts";
import { Transformations } from "../src/transformations/transformations.ts";
import { call } from "./support/lab.ts";
import { storeWith, text } from "./support/stores.ts";

const LENGTH = 100_000;

test("a chain of ten through a cache that holds two: what was evicted is made again", async () => {
  const cache = new BufferCache({ softCap: 2 * (LENGTH + 1), hardCap: 3 * (LENGTH + 1) });
  onTestFinished(() => cache.close());
  let runs = 0;
  const transformations = new Transformations().register<{ x: string }>("turn", ({ x }) => {
    runs++;
    return x.slice(1) + x.slice(0, 1);
  });
  const start = text("abcdefghij".repeat(LENGTH / 10));
  const resolver = new Resolver({ cache, stores: [storeWith("store", start)] });
  const fingertipper = new Fingertipper({ cache, resolver, transformations });
  const references = [cache.incref(start.getChecksum())];
  const results: Checksum[] = [start.getChecksum()];
  for (let i = 0; i < 9; i++) {
    const { result, buffer } = await fingertipper.run(call("turn", { x: results[i]! }, "text"));
    references.push(cache.incref(result));
    expect(buffer?.length).toBe(LENGTH + 1);
    results.push(result);
  }
  cache.evict();
  expect(cache.stats().strong.bytes).toBe(2 * (LENGTH + 1));
  for (const [i, checksum] of results.entries()) {
    const found = await fingertipper.fingertip(checksum);
    expect(found.getChecksum().hex()).toBe(checksum.hex());
    expect((await found.getValue("text")).slice(0, 1)).toBe("abcdefghij"[i]);
  }
  // The tenth turn leads back to the start.
  const { result } = await fingertipper.run(call("turn", { x: results[9]! }, "text"));
  expect(result.hex()).toBe(results[0]!.hex());
  expect(runs).toBeGreaterThanOrEqual(10);
  cache.evict();
  expect((await fingertipper.fingertip(start.getChecksum())).getChecksum().hex()).toBe(start.getChecksum().hex());
  for (const reference of references) reference.release();
});
