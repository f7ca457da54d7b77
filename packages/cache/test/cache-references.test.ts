import { Buffer } from "@seamless/celltypes";
import { manualClock } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { BufferCache, type Disposal } from "../src/index.ts";

const MB = 1e6;
const bufferOf = (fill: number, length = 100) => new Buffer(new Uint8Array(length).fill(fill), { copy: false });

function lab(options: { softCap?: number; hardCap?: number } = {}) {
  const clock = manualClock();
  const cache = new BufferCache({ clock, ...options });
  const disposals: string[] = [];
  cache.on("dispose", ({ checksum, reason }: Disposal) => disposals.push(`${checksum.hex().slice(0, 6)} ${reason}`));
  const name = (buffer: Buffer, reason: string) => `${buffer.getChecksum().hex().slice(0, 6)} ${reason}`;
  return { clock, cache, disposals, name };
}

describe("references", () => {
  test("taken before or after the buffer is registered, they hold it; the last one lets it go", () => {
    const { cache, disposals, name } = lab();
    const [a, b] = [bufferOf(1), bufferOf(2)];
    cache.incref(a.getChecksum());
    cache.register(a);
    cache.register(b);
    expect(cache.stats()).toMatchObject({ strong: { buffers: 1 }, weak: { buffers: 1 } });
    cache.incref(b.getChecksum());
    expect(cache.stats()).toMatchObject({ strong: { buffers: 2 }, weak: { buffers: 0 } });
    cache.decref(a.getChecksum());
    expect(cache.stats()).toMatchObject({ strong: { buffers: 1 }, weak: { buffers: 1 }, references: 1 });
    expect(disposals).toEqual([name(a, "released")]);
    expect(cache.get(a.getChecksum())).toBe(a);
  });

  test("a handle gives its reference back once, by release or using", () => {
    const { cache } = lab();
    const checksum = bufferOf(1).getChecksum();
    const handle = cache.incref(checksum);
    cache.incref(checksum);
    handle.release();
    handle[Symbol.dispose]();
    expect(cache.stats().references).toBe(1);
    cache.decref(checksum);
    expect(() => cache.decref(checksum)).toThrow(expect.objectContaining({ code: "INVALID_STATE" }));
    expect(cache.stats().references).toBe(0);
  });

  test("a fading one is gone below 1/128, 30 seconds after it was taken or refreshed", () => {
    const { cache, clock, disposals, name } = lab();
    const a = bufferOf(1);
    cache.register(a);
    cache.tempref(a.getChecksum());
    clock.advance(20_000);
    cache.tempref(a.getChecksum());
    clock.advance(27_000);
    expect(cache.stats().strong.buffers).toBe(1);
    clock.advance(7_000);
    expect(cache.stats().strong.buffers).toBe(0);
    expect(disposals).toEqual([name(a, "faded")]);
  });

  test("scratch ones keep a buffer local, and go together", () => {
    const { cache } = lab();
    const a = bufferOf(1);
    cache.register(a);
    cache.incref(a.getChecksum(), { scratch: true });
    expect(cache.isScratch(a.getChecksum())).toBe(true);
    cache.purgeScratch();
    expect(cache.stats()).toMatchObject({ references: 0, strong: { buffers: 0 } });
  });
});

describe("eviction", () => {
  test("goes by ascending loss per GB: what lies near before what lies far, and never the only copy", () => {
    const { cache, disposals, name } = lab({ softCap: 100 * MB, hardCap: 1000 * MB });
    const [far, near, only] = [bufferOf(1, 60 * MB), bufferOf(2, 60 * MB), bufferOf(3, 60 * MB)];
    for (const buffer of [far, near, only]) {
      cache.register(buffer);
      cache.incref(buffer.getChecksum());
    }
    cache.markStored(far.getChecksum(), "remote", far.length);
    cache.markStored(near.getChecksum(), "folder", near.length);
    cache.evict();
    expect(disposals).toEqual([name(near, "evicted"), name(far, "evicted")]);
    expect(cache.stats()).toMatchObject({ strong: { buffers: 1, bytes: 60 * MB }, references: 3, pressure: undefined });
  });

  test("passing the hard cap trims at once", () => {
    const { cache } = lab({ softCap: 50 * MB, hardCap: 100 * MB });
    for (let i = 0; i < 4; i++) {
      const buffer = bufferOf(i, 40 * MB);
      cache.markStored(buffer.getChecksum(), "local", buffer.length);
      cache.incref(buffer.getChecksum());
      cache.register(buffer);
      expect(cache.stats().strong.bytes).toBeLessThanOrEqual(100 * MB);
    }
  });

  test("where only copies are over a cap, pressure says so and room waits for the writer", async () => {
    const { cache, clock } = lab({ softCap: 50 * MB, hardCap: 50 * MB });
    const pressures: number[] = [];
    cache.on("pressure", ({ fixedBytes }) => pressures.push(fixedBytes));
    const a = bufferOf(1, 60 * MB);
    cache.register(a);
    cache.incref(a.getChecksum());
    cache.markWriting(a.getChecksum(), true);
    expect(pressures.at(-1)).toBe(60 * MB);
    expect(cache.stats().pressure).toMatchObject({ fixedBytes: 60 * MB });
    let there = false;
    const room = cache.reserve(10 * MB).then(() => {
      there = true;
    });
    await clock.advanceAsync(10_000);
    expect(there).toBe(false);
    const stop = new AbortController();
    const second = cache.reserve(10 * MB, { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(second).rejects.toThrow("enough");
    cache.markStored(a.getChecksum(), "folder", a.length);
    cache.markWriting(a.getChecksum(), false);
    await clock.advanceAsync(10_000);
    await room;
    expect(cache.stats()).toMatchObject({ strong: { buffers: 0 }, pressure: undefined, references: 1 });
  });
});
