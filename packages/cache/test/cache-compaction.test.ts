import { manualClock } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { BufferCache, type Disposal } from "../src/index.ts";
import { checksumOf, fakeBuffer } from "./support/buffers.ts";

const COUNT = 1000;
const PART = 50;
const LENGTH = 10;

function open(softCap = COUNT * LENGTH) {
  const clock = manualClock();
  const cache = new BufferCache({ clock, softCap, passInterval: Number.POSITIVE_INFINITY });
  const disposals: Disposal[] = [];
  cache.on("dispose", (disposal) => disposals.push(disposal));
  return { clock, cache, disposals };
}

/** One in fifty has a buffer; nothing is left of the others. */
function thin(cache: BufferCache) {
  const all = Array.from({ length: COUNT }, (_, i) => checksumOf(`${i}`));
  for (const checksum of all) cache.incref(checksum);
  const kept = Array.from({ length: COUNT / PART }, (_, i) => fakeBuffer(`${(i + 1) * PART - 1}`, LENGTH));
  const handles = kept.map((buffer) => {
    cache.register(buffer);
    return cache.incref(buffer.checksum);
  });
  for (const checksum of all) cache.decref(checksum);
  return { all, kept, handles };
}

describe("when most entries are gone, a pass moves the others together, and", () => {
  test("buffers, lengths and references stay", () => {
    const { cache, disposals } = open();
    const { all, kept, handles } = thin(cache);
    const before = cache.stats();
    cache.evict();
    expect(cache.stats()).toEqual(before);
    expect(before).toMatchObject({ references: kept.length, strong: { buffers: kept.length } });
    for (const buffer of kept) expect(cache.get(buffer.checksum)).toBe(buffer);
    expect(all.filter((checksum) => cache.lengthOf(checksum) !== undefined)).toHaveLength(kept.length);
    for (const handle of handles) handle.release();
    expect(disposals.map(({ checksum, reason }) => [checksum, reason])).toEqual(
      kept.map(({ checksum }) => [checksum, "released"]),
    );
  });

  test("fading references fade", () => {
    const { clock, cache, disposals } = open();
    const { kept, handles } = thin(cache);
    for (const [i, { checksum }] of kept.entries()) cache.tempref(checksum, { interest: i % 2 === 0 ? 128 : 1 });
    for (const handle of handles) handle.release();
    cache.evict();
    clock.advance(16_000);
    cache.evict();
    expect(disposals.map(({ checksum }) => checksum)).toEqual(
      kept.filter((_, i) => i % 2 === 1).map(({ checksum }) => checksum),
    );
    clock.advance(14_000);
    cache.evict();
    expect(disposals.every(({ reason }) => reason === "faded")).toBe(true);
    expect(cache.stats()).toMatchObject({ temprefs: 0, strong: { buffers: 0 }, weak: { buffers: kept.length } });
  });

  test("what may be evicted next goes next", () => {
    const { cache, disposals } = open(5 * LENGTH);
    const { kept } = thin(cache);
    // The first costs most.
    for (const [i, { checksum }] of kept.entries()) {
      cache.recordTransformation(checksum, { inputs: [], cpuSeconds: COUNT - i });
    }
    cache.evict();
    for (let more = 0; more < 5; more++) {
      cache.register(fakeBuffer(`more ${more}`, LENGTH));
      cache.incref(checksumOf(`more ${more}`));
    }
    cache.evict();
    const order = kept.map(({ checksum }) => checksum).reverse();
    expect(disposals.map(({ checksum, reason }) => [checksum, reason])).toEqual(order.map((c) => [c, "evicted"]));
    expect(cache.stats()).toMatchObject({ evictable: { buffers: 0, bytes: 0 }, strong: { buffers: 5 } });
  });

  test("costs are passed on, what may be evicted is, and what only has a cost is remembered", () => {
    const { cache } = open();
    const { kept } = thin(cache);
    const source = checksumOf("source");
    for (const [i, { checksum }] of kept.entries()) {
      const inputs = [i === 0 ? source : kept[i - 1]!.checksum];
      cache.recordTransformation(checksum, { inputs, cpuSeconds: 1 });
    }
    cache.markStored(kept.at(-1)!.checksum, "folder", LENGTH);
    cache.evict();
    expect(cache.stats()).toMatchObject({ remembered: 1, evictable: { buffers: 1 } });
    cache.markStored(source, "folder", LENGTH);
    expect(cache.stats()).toMatchObject({ remembered: 1, evictable: { buffers: kept.length } });
  });
});

test("what a listener makes the cache forget is not touched again by the pass that called it", () => {
  const { clock, cache } = open();
  cache.register(fakeBuffer("a", LENGTH));
  for (const name of ["a", "b"]) cache.tempref(checksumOf(name));
  cache.on("dispose", () => {
    // No reference is left to "b", which has no buffer either; "c" would get its place.
    cache.incref(checksumOf("b")).release();
    cache.incref(checksumOf("c"));
  });
  clock.advance(30_000);
  cache.evict();
  expect(cache.stats()).toMatchObject({ references: 1, temprefs: 0, disposals: { faded: 1 } });
  cache.register(fakeBuffer("c", LENGTH));
  expect(cache.stats().strong.buffers).toBe(1);
});
