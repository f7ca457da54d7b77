import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { turn } from "@seamless/internal/testing";
import { manualClock } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { BufferCache } from "../src/index.ts";
import { checksumOf, type FakeBuffer, fakeBuffer } from "./support/buffers.ts";

setFlagsFromString("--expose-gc");
const gc: () => void = runInNewContext("gc");

/** Collect until something has been seen to, or will not be. */
async function collectUntil(done: () => boolean): Promise<void> {
  for (let i = 0; i < 50 && !done(); i++) {
    // What is weak is kept until the end of the turn it was made or looked at in.
    await turn();
    gc();
  }
}

/** Collect, with turns in between for what was collected to be told. */
async function collect(): Promise<void> {
  let rounds = 0;
  await collectUntil(() => rounds++ === 5);
}

const open = () => {
  const cache = new BufferCache({ clock: manualClock(), softCap: 100 });
  const collected = new Set<string>();
  cache.on("dispose", ({ checksum, reason }) => {
    if (reason === "collected") collected.add(checksum.hex());
  });
  return { cache, collected };
};

describe("the garbage collector", () => {
  test("frees weak buffers, and their bookkeeping goes with them", async () => {
    const { cache, collected } = open();
    for (let i = 0; i < 1000; i++) cache.register(fakeBuffer(`${i}`, 10));
    expect(cache.stats().weak).toEqual({ buffers: 1000, bytes: 10_000 });
    await collectUntil(() => collected.size === 1000);
    expect(cache.stats()).toMatchObject({
      weak: { buffers: 0, bytes: 0 },
      remembered: 0,
      disposals: { collected: 1000 },
    });
    expect(cache.lengthOf(checksumOf("1"))).toBeUndefined();
  });

  test("leaves what is held, and takes it when it is released, faded or evicted", async () => {
    const { cache, collected } = open();
    const names = ["released", "evicted", "kept"];
    for (const name of names) {
      cache.register(fakeBuffer(name, 90));
      cache.incref(checksumOf(name));
    }
    await collectUntil(() => collected.size > 0);
    expect(collected.size).toBe(0);
    cache.decref(checksumOf("released"));
    cache.markStored(checksumOf("evicted"), "folder", 90);
    cache.evict();
    await collectUntil(() => collected.size === 2);
    expect(collected).toEqual(new Set(["released", "evicted"].map((name) => checksumOf(name).hex())));
    expect(cache.get(checksumOf("kept"))?.content.length).toBe(90);
    expect(cache.stats()).toMatchObject({ references: 2, strong: { buffers: 1 }, weak: { buffers: 0 } });
    // The references of the evicted one are remembered, and so it is strong when it comes back.
    cache.register(fakeBuffer("evicted", 90));
    expect(cache.stats().strong.buffers).toBe(2);
  });

  test("takes nothing that someone else holds, also if another object with the same bytes goes", async () => {
    const { cache } = open();
    cache.register(fakeBuffer("a", 10));
    const last: FakeBuffer = fakeBuffer("a", 10);
    cache.register(last);
    const probe = { gone: false };
    watch(probe);
    await collectUntil(() => probe.gone);
    await collect();
    expect(cache.get(last.checksum)).toBe(last);
    expect(cache.stats()).toMatchObject({ weak: { buffers: 1 }, disposals: { collected: 0 } });
  });

  test("leaves nothing behind when references come back before it has told", async () => {
    const { cache } = open();
    cache.register(fakeBuffer("a", 10));
    await collectUntil(() => cache.get(checksumOf("a")) === undefined);
    const handle = cache.incref(checksumOf("a"));
    cache.register(fakeBuffer("a", 10));
    expect(cache.stats()).toMatchObject({ strong: { buffers: 1 }, weak: { buffers: 0 }, disposals: { collected: 1 } });
    await collect();
    expect(cache.stats()).toMatchObject({ strong: { buffers: 1 }, disposals: { collected: 1 } });
    handle.release();
    expect(cache.stats()).toMatchObject({ weak: { buffers: 1, bytes: 10 } });
  });

  test("takes a cache that everybody forgot, whose timer then ends", async () => {
    const clock = manualClock();
    forget(clock);
    expect(clock.pending).toBe(1);
    await collectUntil(() => {
      clock.advance(2000);
      return clock.pending === 0;
    });
    expect(clock.pending).toBe(0);
  });
});

const registry = new FinalizationRegistry<{ gone: boolean }>((probe) => {
  probe.gone = true;
});

// In functions of their own, so that nothing of theirs stays on the stack.
function watch(probe: { gone: boolean }): void {
  registry.register({}, probe);
}

function forget(clock: ReturnType<typeof manualClock>): void {
  const cache = new BufferCache({ clock });
  cache.register(fakeBuffer("a", 10));
  cache.incref(checksumOf("a"));
}
