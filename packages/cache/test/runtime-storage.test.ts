import { Buffer } from "@seamless/celltypes";
import type { Checksum } from "@seamless/checksum";
import { rejection, turn } from "@seamless/internal/testing";
import { manualClock, memoryStore } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { BufferCache, createRuntime, Transformations } from "../src/index.ts";
import { flakyStore } from "./support/flaky-store.ts";
import { storeWith, text } from "./support/stores.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const KB = 1000;

/** Distinct buffers of 10 kB. */
const block = (i: number) => new Buffer(new Uint8Array(10 * KB).fill(i), { copy: false });

describe("a cache that is too small, and a store that fails", () => {
  test("a store down for 30 seconds: no only copy is lost, the cache says why it is over its cap, and goes under it", async () => {
    const clock = manualClock();
    const store = flakyStore("down", () => {
      if (clock.now() < 30 * SECOND) throw new Error("connection refused");
    });
    const cache = new BufferCache({ softCap: 50 * KB, hardCap: 100 * KB, clock });
    const runtime = createRuntime({ cache, stores: [store], clock, writer: { random: () => 0 } });
    const pressures: number[] = [];
    cache.on("pressure", ({ writingBytes }) => pressures.push(writingBytes));
    const checksums: Checksum[] = [];
    for (let i = 0; i < 20; i++) {
      const buffer = block(i);
      runtime.register(buffer);
      // Wanted for a while only: it is the writer that keeps it.
      runtime.tempref(buffer.getChecksum());
      checksums.push(buffer.getChecksum());
      await clock.advanceAsync(SECOND);
    }
    expect(runtime.stats()).toMatchObject({
      cache: { strong: { bytes: 200 * KB }, writing: { bytes: 200 * KB }, pressure: { cap: "hard" } },
      writer: { waiting: 20, waitingBytes: 200 * KB, failed: 0 },
    });
    expect(pressures.length).toBeGreaterThan(0);
    const roomy = cache.reserve(10 * KB);
    await clock.advanceAsync(MINUTE);
    await roomy;
    expect(store.contents.size).toBe(20);
    expect(runtime.stats().cache.strong.bytes).toBeLessThanOrEqual(50 * KB);
    expect(runtime.stats()).toMatchObject({ cache: { pressure: undefined }, writer: { waiting: 0 } });
    for (const checksum of checksums)
      expect((await runtime.resolve(checksum)).getChecksum().equals(checksum)).toBe(true);
    await runtime.close();
  });

  test("a slow store: producers that ask for room stay under the cap, and everything is written", async () => {
    const store = flakyStore("slow", () => turn());
    const cache = new BufferCache({ softCap: 100 * KB, hardCap: 200 * KB });
    const runtime = createRuntime({ cache, stores: [store], writer: { concurrency: 2 } });
    let most = 0;
    for (let i = 0; i < 200; i++) {
      await cache.reserve(10 * KB);
      const buffer = block(i);
      runtime.register(buffer);
      runtime.tempref(buffer.getChecksum());
      most = Math.max(most, runtime.stats().cache.strong.bytes);
    }
    await runtime.close();
    expect(most).toBeLessThanOrEqual(100 * KB);
    expect(store.contents.size).toBe(200);
    cache.close();
  });

  test("given up: close names every buffer that is nowhere else", async () => {
    const clock = manualClock();
    const store = flakyStore("gone", () => {
      throw new Error("no route to host");
    });
    const runtime = createRuntime({ stores: [store], clock, writer: { patience: 10 * SECOND } });
    const buffers = Array.from({ length: 5 }, (_, i) => text(`only copy ${i}`));
    const references = buffers.map((buffer) => {
      runtime.register(buffer);
      return runtime.incref(buffer.getChecksum());
    });
    await clock.advanceAsync(MINUTE);
    for (const reference of references) reference.release();
    await clock.advanceAsync(MINUTE);
    // Nobody holds them any more, but they were accepted.
    expect(runtime.stats().cache.strong.buffers).toBe(5);
    const error = await rejection(runtime.close());
    expect(error).toMatchObject({ code: "STORE_FAILED", errors: { length: 5 } });
  });
});

describe("transformations", () => {
  const grow = ({ text: value }: { text: string }) => `${value}.`;

  /** A chain of transformations, each on the result of the one before. */
  async function chain(runtime: ReturnType<typeof createRuntime>, first: Buffer, length: number): Promise<Checksum[]> {
    runtime.register(first);
    const results = [first.getChecksum()];
    for (let i = 0; i < length; i++) {
      const inputs = { text: { checksum: results[i]!, celltype: "text" } } as const;
      results.push((await runtime.run({ function: "grow", inputs, output: "text" })).result);
    }
    return results;
  }

  test("a chain of ten, everything but the first input evicted: made again, from the store on", async () => {
    let calls = 0;
    const transformations = new Transformations().register("grow", (inputs: { text: string }) => {
      calls++;
      return grow(inputs);
    });
    const store = memoryStore();
    const before = createRuntime({ stores: [store], transformations });
    const first = text("start");
    await before.write(first);
    const results = await chain(before, first, 10);
    await before.close();
    expect(calls).toBe(10);

    const after = createRuntime({ stores: [store], transformations });
    expect(await after.restore()).toBe(10);
    await expect(after.resolve(results[10]!)).rejects.toMatchObject({ code: "CACHE_MISS" });
    expect(await after.fingertip(results[10]!, "text")).toBe("start..........");
    expect(calls).toBe(20);
    await after.close();
  });

  test("the cache lets go of what can be made again, and of nothing else", async () => {
    const transformations = new Transformations();
    transformations.register("fill", ({ n }) => new Uint8Array(10 * KB).fill(n as number));
    const cache = new BufferCache({ softCap: 50 * KB, hardCap: 50 * KB });
    const numbers = Array.from({ length: 50 }, (_, n) => new Buffer(n, "int"));
    const runtime = createRuntime({ cache, transformations, stores: [storeWith("inputs", ...numbers)] });
    const results: Checksum[] = [];
    const onlyCopy = block(255);
    runtime.register(onlyCopy);
    runtime.incref(onlyCopy.getChecksum());
    for (const number of numbers) {
      const inputs = { n: { checksum: number.getChecksum(), celltype: "int" } } as const;
      const { result } = await runtime.run({ function: "fill", inputs, output: "bytes" });
      runtime.incref(result);
      results.push(result);
    }
    const { strong, evictable, disposals, references } = cache.stats();
    expect(strong.bytes).toBeLessThanOrEqual(50 * KB);
    expect(disposals.evicted).toBeGreaterThanOrEqual(45);
    expect(references).toBe(51);
    expect(strong.buffers - evictable.buffers).toBe(1);
    for (const [n, result] of results.entries()) {
      expect((await runtime.fingertip(result)).content.every((byte) => byte === n)).toBe(true);
    }
    await runtime.close();
    cache.close();
  });
});
