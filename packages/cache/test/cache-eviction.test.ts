import { turn } from "@seamless/internal/testing";
import { manualClock } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { capsOf, usableMemory } from "../src/cache/options.ts";
import { BufferCache, type BufferCacheOptions, type Pressure } from "../src/index.ts";
import { checksumOf, type FakeBuffer, fakeBuffer } from "./support/buffers.ts";

const open = (options: BufferCacheOptions = {}) => {
  const clock = manualClock();
  const cache = new BufferCache({ clock, softCap: 100, hardCap: 1000, ...options });
  const evicted: string[] = [];
  cache.on("dispose", ({ checksum, reason }) => {
    if (reason === "evicted") evicted.push(checksum.hex());
  });
  const pressures: Pressure[] = [];
  cache.on("pressure", (pressure) => pressures.push(pressure));
  /** In the cache, counted, and in a store, unless the options say otherwise. */
  const add = (name: string, length: number, how: { store?: "folder" | "local" | "remote"; tempref?: number } = {}) => {
    const buffer = fakeBuffer(name, length);
    cache.register(buffer);
    if (how.store !== undefined) cache.markStored(buffer.checksum, how.store, length);
    if (how.tempref === undefined) cache.incref(buffer.checksum);
    else cache.tempref(buffer.checksum, { interest: how.tempref });
    return buffer;
  };
  return { cache, clock, add, evicted, pressures };
};
const hexes = (...buffers: FakeBuffer[]) => buffers.map(({ checksum }) => checksum.hex());

describe("a pass", () => {
  test("evicts in ascending loss per GB: cost × interest ÷ length", () => {
    const { cache, add, evicted } = open();
    // At least 0.01 each: the longer one costs less per GB.
    const remote = add("remote", 40, { store: "remote" });
    const longer = add("longer", 80, { store: "remote" });
    const local = add("local", 40, { store: "local" });
    const faint = add("faint", 40, { store: "local", tempref: 1 });
    const folder = add("folder", 40, { store: "folder" });
    const twice = add("twice", 40, { store: "remote" });
    cache.incref(twice.checksum);
    const only = add("only", 40, { tempref: 1 });
    cache.evict();
    expect(evicted).toEqual(hexes(folder, faint, local, longer, remote));
    expect(cache.stats().strong).toEqual({ buffers: 2, bytes: twice.length + only.length });
  });

  test("is done by the timer, which trims to the soft cap and no further", () => {
    const { cache, clock, add } = open();
    for (let i = 0; i < 30; i++) add(`${i}`, 10, { store: "folder" });
    expect(cache.stats().strong.bytes).toBe(300);
    clock.advance(1999);
    expect(cache.stats().strong.bytes).toBe(300);
    clock.advance(1);
    expect(cache.stats()).toMatchObject({ strong: { buffers: 10, bytes: 100 }, weak: { buffers: 20, bytes: 200 } });
  });

  test("moves to weak and remembers the references: it is strong again when it comes back", () => {
    const { cache, add, clock } = open({ softCap: 10 });
    const a = add("a", 20, { store: "folder" });
    cache.evict();
    expect(cache.stats()).toMatchObject({ references: 1, strong: { buffers: 0 }, weak: { buffers: 1 } });
    expect(cache.get(a.checksum)).toBe(a);
    cache.register(a);
    expect(cache.stats()).toMatchObject({ references: 1, strong: { buffers: 1 }, weak: { buffers: 0 } });
    clock.advance(2000);
    expect(cache.stats().strong.buffers).toBe(0);
    const handle = cache.incref(a.checksum);
    expect(cache.stats()).toMatchObject({ references: 2, strong: { buffers: 1 } });
    handle.release();
    cache.decref(a.checksum);
    expect(cache.stats()).toMatchObject({
      references: 0,
      strong: { buffers: 0 },
      disposals: { released: 1, evicted: 2 },
    });
  });

  test("never takes the only copy of what has a counted reference, scratch or not", () => {
    const { cache, add, evicted } = open({ softCap: 10 });
    const counted = add("counted", 20);
    const scratch = fakeBuffer("scratch", 20);
    cache.register(scratch);
    cache.incref(scratch.checksum, { scratch: true });
    const fading = add("fading", 20, { tempref: 1e6 });
    cache.evict();
    expect(evicted).toEqual(hexes(fading));
    for (const { checksum } of [counted, scratch]) cache.markStored(checksum, "remote", 20);
    cache.evict();
    expect(cache.stats().strong.buffers).toBe(0);
  });

  test("takes only copies that fade after everything else, the faintest per GB first", () => {
    const { cache, add, evicted } = open({ softCap: 1 });
    const bright = add("bright", 20, { tempref: 100 });
    const faint = add("faint", 20, { tempref: 50 });
    const stored = add("stored", 20, { store: "remote" });
    for (let i = 0; i < 1000; i++) cache.incref(stored.checksum);
    cache.evict();
    expect(evicted).toEqual(hexes(stored, faint, bright));
  });

  test("never takes a buffer that waits to be written", () => {
    const { cache, add } = open({ softCap: 10 });
    const a = add("a", 20, { store: "folder" });
    cache.markWriting(a.checksum, true);
    cache.evict();
    expect(cache.stats()).toMatchObject({ strong: { buffers: 1 }, writing: { buffers: 1, bytes: 20 } });
    cache.decref(a.checksum);
    expect(cache.stats().strong.buffers).toBe(1);
    cache.markWriting(a.checksum, false);
    expect(cache.stats()).toMatchObject({ strong: { buffers: 0 }, writing: { buffers: 0, bytes: 0 } });
  });

  test("a recorded transformation makes a buffer evictable, once its inputs can be had", () => {
    const { cache, add, evicted } = open({ softCap: 10 });
    const result = add("result", 20);
    const input = checksumOf("input");
    cache.recordTransformation(result.checksum, { inputs: [input], cpuSeconds: 1 });
    cache.evict();
    expect(evicted).toEqual([]);
    cache.markStored(input, "local", 1e9);
    cache.evict();
    expect(evicted).toEqual(hexes(result));
  });

  test("cost is the cheapest way, which a later upload can be", () => {
    const { cache, add, evicted } = open({ softCap: 30 });
    const computed = add("computed", 20);
    cache.recordTransformation(computed.checksum, { inputs: [], cpuSeconds: 10 });
    const other = add("other", 20);
    cache.recordTransformation(other.checksum, { inputs: [], cpuSeconds: 5 });
    cache.markStored(computed.checksum, "folder", 20);
    cache.evict();
    expect(evicted).toEqual(hexes(computed));
  });

  test("goes by the costs that it is given", () => {
    const costs = { fetch: (_class: string, bytes: number) => 1000 - bytes, recompute: () => 1 };
    const { add, cache, evicted } = open({ softCap: 45, costs });
    add("a", 20, { store: "folder" });
    const b = add("b", 40, { store: "remote" });
    cache.evict();
    expect(evicted).toEqual(hexes(b));
  });

  test("a listener that registers, refers and evicts in the middle of a pass does no harm", () => {
    const { cache, add } = open({ softCap: 50 });
    const buffers = Array.from({ length: 20 }, (_, i) => add(`${i}`, 10, { store: "folder" }));
    let left = 30;
    cache.on("dispose", () => {
      if (left-- <= 0) return;
      const buffer = buffers[left % 20]!;
      cache.register(buffer);
      cache.incref(buffer.checksum);
      cache.markWriting(buffers[(left * 7) % 20]!.checksum, left % 3 === 0);
      cache.evict();
    });
    cache.evict();
    const { strong, weak, evictable } = cache.stats();
    expect(strong.buffers + weak.buffers).toBe(20);
    expect(strong.bytes).toBe(strong.buffers * 10);
    expect(strong.bytes <= 50 || evictable.bytes === 0).toBe(true);
  });
});

describe("caps", () => {
  test("passing the hard cap trims at once", () => {
    const { cache, add } = open();
    for (let i = 0; i < 200; i++) {
      add(`${i}`, 10, { store: "folder" });
      expect(cache.stats().strong.bytes).toBeLessThanOrEqual(1000);
    }
    expect(cache.stats().disposals.evicted).toBeGreaterThan(0);
  });

  test("also when references come after the buffers, or a weak one comes back", () => {
    const { cache } = open();
    const buffers = Array.from({ length: 200 }, (_, i) => fakeBuffer(`${i}`, 10));
    for (const buffer of buffers) {
      cache.register(buffer);
      cache.markStored(buffer.checksum, "folder", 10);
    }
    for (const { checksum } of buffers) {
      cache.tempref(checksum);
      expect(cache.stats().strong.bytes).toBeLessThanOrEqual(1000);
    }
  });

  test("5 GB and 50 GB unless told otherwise; one that is given moves the other only if it must", () => {
    expect(capsOf(undefined, undefined)).toEqual({ soft: 5e9, hard: 50e9 });
    expect(capsOf(1e9, undefined)).toEqual({ soft: 1e9, hard: 50e9 });
    expect(capsOf(80e9, undefined)).toEqual({ soft: 80e9, hard: 80e9 });
    expect(capsOf(undefined, 2e9)).toEqual({ soft: 2e9, hard: 2e9 });
    expect(capsOf("auto", "auto", () => 8e9)).toEqual({ soft: 2e9, hard: 4e9 });
    const stats = new BufferCache({ clock: manualClock(), softCap: "auto", hardCap: "auto" }).stats();
    expect(stats.softCap * 2).toBe(stats.hardCap);
    expect(stats.hardCap).toBeLessThanOrEqual(usableMemory());
  });

  test('"auto" goes by the container, the machine, the browser, or a guess', () => {
    const os = { totalmem: () => 32e9 };
    const node = (limit: number) => ({ process: { constrainedMemory: () => limit, getBuiltinModule: () => os } });
    expect(usableMemory(node(2e9))).toBe(2e9);
    expect(usableMemory(node(0))).toBe(32e9);
    expect(usableMemory(node(2 ** 64))).toBe(32e9);
    expect(usableMemory({ navigator: { deviceMemory: 8 } })).toBe(8 * 2 ** 30);
    expect(usableMemory({})).toBe(4e9);
  });

  test("what is no cap is refused", () => {
    for (const options of [
      { softCap: 0 },
      { softCap: -1 },
      { hardCap: Number.NaN },
      { softCap: Number.POSITIVE_INFINITY },
      { softCap: "5GB" as never },
      { softCap: 10, hardCap: 5 },
      { passInterval: 0 },
      { referenceInterest: 0 },
      { remember: -1 },
      { remember: 1.5 },
    ]) {
      expect(() => new BufferCache({ clock: manualClock(), ...options })).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT" }),
      );
    }
  });
});

describe("pressure", () => {
  test("is told at each pass while what may not be evicted is over a cap, and by stats() always", () => {
    const { cache, clock, add, pressures } = open();
    const a = add("a", 80);
    expect(cache.stats().pressure).toBeUndefined();
    const b = add("b", 40);
    cache.markWriting(b.checksum, true);
    const soft = { cap: "soft", capBytes: 100, fixedBytes: 120, writingBytes: 40 };
    expect(cache.stats().pressure).toEqual(soft);
    expect(pressures).toEqual([]);
    clock.advance(4000);
    expect(pressures).toEqual([soft, soft]);
    cache.markStored(a.checksum, "folder", 80);
    expect(cache.stats().pressure).toBeUndefined();
    clock.advance(2000);
    expect(pressures).toHaveLength(2);
  });

  test("is told at once when the hard cap is passed, and again when it has become worse or at the next pass", () => {
    const { cache, add, pressures, clock } = open();
    const evictable = add("evictable", 50, { store: "folder" });
    for (let i = 0; i < 20; i++) add(`${i}`, 100);
    expect(cache.get(evictable.checksum)).toBe(evictable);
    expect(pressures).toEqual([
      { cap: "soft", capBytes: 100, fixedBytes: 1000, writingBytes: 0 },
      { cap: "hard", capBytes: 1000, fixedBytes: 1100, writingBytes: 0 },
    ]);
    clock.advance(2000);
    expect(pressures).toHaveLength(3);
    expect(pressures[2]).toMatchObject({ cap: "hard", fixedBytes: 2000 });
  });

  test("a listener that throws is reported, and the cache is none the worse", async () => {
    const { cache, add } = open({ softCap: 10 });
    const reported: unknown[] = [];
    const report = (error: unknown) => reported.push(error);
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", report);
    try {
      const error = new Error("of the listener");
      cache.on("dispose", () => {
        throw error;
      });
      for (const name of ["a", "b"]) add(name, 20, { store: "folder" });
      cache.evict();
      await turn();
      expect(reported).toEqual([error, error]);
      expect(cache.stats()).toMatchObject({ strong: { buffers: 0 }, weak: { buffers: 2 } });
    } finally {
      process.removeListener("uncaughtException", report);
      for (const other of others) process.on("uncaughtException", other);
    }
  });

  test("an event that there is not is refused; a subscription ends when told to", () => {
    const { cache, add } = open({ softCap: 10 });
    expect(() => cache.on("evict" as never, () => {})).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    const heard: string[] = [];
    const end = cache.on("dispose", ({ reason }) => heard.push(reason));
    add("a", 20, { store: "folder" });
    cache.evict();
    end();
    add("b", 20, { store: "folder" });
    cache.evict();
    expect(heard).toEqual(["evicted"]);
  });
});

describe("what is remembered of checksums without buffer and references", () => {
  test("is bounded; the oldest go, and what was computed from them keeps its cost", () => {
    const { cache, add, evicted } = open({ softCap: 10, remember: 100 });
    const result = add("result", 20);
    cache.markStored(checksumOf("input"), "folder", 10);
    cache.recordTransformation(result.checksum, { inputs: [checksumOf("input")], cpuSeconds: 1 });
    for (let i = 0; i < 10_000; i++) {
      cache.markStored(checksumOf(`${i}`), "folder", 10);
      cache.recordTransformation(checksumOf(`made ${i}`), { inputs: [checksumOf(`${i}`)] });
      expect(cache.stats().remembered).toBeLessThanOrEqual(100);
    }
    expect(cache.lengthOf(checksumOf("input"))).toBeUndefined();
    expect(cache.lengthOf(checksumOf("9999"))).toBe(10);
    expect(cache.lengthOf(result.checksum)).toBe(20);
    cache.evict();
    expect(evicted).toEqual(hexes(result));
  });

  test("what is no fact is refused", () => {
    const { cache } = open();
    const refused = expect.objectContaining({ code: "INVALID_ARGUMENT" });
    const checksum = checksumOf("a");
    expect(() => cache.markStored(checksum, "far" as never, 1)).toThrow(refused);
    expect(() => cache.markStored(checksum, "local", -1)).toThrow(refused);
    expect(() => cache.recordTransformation(checksum, { inputs: [], cpuSeconds: -1 })).toThrow(refused);
    expect(() => cache.recordTransformation(checksum, { inputs: [5 as never] })).toThrow(refused);
    expect(cache.stats().remembered).toBe(0);
  });
});
