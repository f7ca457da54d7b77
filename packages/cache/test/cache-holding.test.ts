import { manualClock } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { BufferCache, type Disposal } from "../src/index.ts";
import { checksumOf, fakeBuffer } from "./support/buffers.ts";

const a = fakeBuffer("a", 10);
const b = fakeBuffer("b", 5);
const refused = (code: string) => expect.objectContaining({ code });

const open = () => {
  const clock = manualClock();
  const cache = new BufferCache({ clock });
  const disposals: string[] = [];
  const names = new Map([a, b].map(({ checksum }, i) => [checksum.hex(), "ab"[i]]));
  cache.on("dispose", ({ checksum, reason }: Disposal) => disposals.push(`${names.get(checksum.hex())} ${reason}`));
  return { clock, cache, disposals };
};

describe("registering", () => {
  test("again changes nothing for a strong buffer, also with another object", () => {
    const { cache } = open();
    cache.incref(a.checksum);
    cache.register(a);
    cache.register(a);
    cache.register(fakeBuffer("a", 10));
    expect(cache.get(a.checksum)).toBe(a);
    expect(cache.stats().strong).toEqual({ buffers: 1, bytes: 10 });
  });

  test("another object with the same bytes makes the last one of two weak ones known, and counts one", () => {
    const { cache } = open();
    const other = fakeBuffer("a", 10);
    for (const buffer of [a, other, a, other]) {
      cache.register(buffer);
      expect(cache.get(a.checksum)).toBe(buffer);
    }
    expect(cache.stats().weak).toEqual({ buffers: 1, bytes: 10 });
    cache.incref(a.checksum);
    expect(cache.get(a.checksum)).toBe(other);
  });

  test("tells a length that is remembered while anything is known", () => {
    const { cache } = open();
    expect(cache.lengthOf(a.checksum)).toBeUndefined();
    cache.register(a);
    cache.markStored(b.checksum, "remote", 5);
    expect([cache.lengthOf(a.checksum), cache.lengthOf(b.checksum)]).toEqual([10, 5]);
  });

  test("an empty buffer is registering a buffer", () => {
    const { cache } = open();
    const empty = fakeBuffer("empty", 0);
    cache.incref(empty.checksum);
    cache.register(empty);
    cache.evict();
    expect(cache.stats().strong).toEqual({ buffers: 1, bytes: 0 });
    expect([cache.lengthOf(empty.checksum), cache.get(empty.checksum)]).toEqual([0, empty]);
  });
});

describe("counted references", () => {
  test("one decref too many is reported, and the count stays right", () => {
    const { cache } = open();
    cache.register(a);
    const decref = () => cache.decref(a.checksum);
    const tooMany = expect.objectContaining({ code: "INVALID_STATE", checksum: a.checksum });
    expect(decref).toThrow(tooMany);
    cache.incref(a.checksum);
    decref();
    expect(decref).toThrow(tooMany);
    expect(() => cache.decref(checksumOf("never seen"))).toThrow(refused("INVALID_STATE"));
    expect(cache.stats().references).toBe(0);
    cache.incref(a.checksum);
    expect(cache.stats()).toMatchObject({ references: 1, strong: { buffers: 1 } });
  });

  test("`using` gives one back at the end of its block", () => {
    const { cache } = open();
    cache.register(a);
    {
      using _handle = cache.incref(a.checksum);
      expect(cache.stats().references).toBe(1);
    }
    expect(cache.stats()).toMatchObject({ references: 0, strong: { buffers: 0 } });
  });

  test("of what never got a buffer leave nothing behind", () => {
    const { cache, disposals } = open();
    cache.incref(a.checksum).release();
    expect(cache.stats()).toMatchObject({ references: 0, remembered: 0 });
    expect(disposals).toEqual([]);
  });

  test("hex does as a checksum; what is none is refused, and so is what is no buffer", () => {
    const { cache } = open();
    cache.register(a);
    expect(cache.get(a.checksum.hex() as never)).toBe(a);
    for (const wrong of [undefined, null, 5, "abc", {}]) {
      for (const call of ["get", "incref", "decref", "tempref", "lengthOf", "isScratch"] as const) {
        expect(() => cache[call](wrong as never), call).toThrow(refused("INVALID_ARGUMENT"));
      }
      expect(() => cache.register(wrong as never)).toThrow(refused("INVALID_ARGUMENT"));
    }
  });
});

describe("scratch references", () => {
  test("make a buffer scratch while there are no others", () => {
    const { cache } = open();
    cache.register(a);
    expect(cache.isScratch(a.checksum)).toBe(false);
    cache.incref(a.checksum, { scratch: true });
    cache.tempref(a.checksum, { scratch: true });
    expect(cache.isScratch(a.checksum)).toBe(true);
    const handle = cache.incref(a.checksum);
    expect(cache.isScratch(a.checksum)).toBe(false);
    handle.release();
    expect(cache.isScratch(a.checksum)).toBe(true);
    cache.tempref(a.checksum);
    cache.tempref(a.checksum, { scratch: true });
    expect(cache.isScratch(a.checksum)).toBe(false);
  });

  test("are given back after others, unless it is they that are meant", () => {
    const { cache } = open();
    cache.incref(a.checksum, { scratch: true });
    cache.incref(a.checksum);
    cache.decref(a.checksum);
    expect(cache.isScratch(a.checksum)).toBe(true);
    cache.decref(a.checksum, { scratch: true });
    cache.incref(a.checksum);
    expect(() => cache.decref(a.checksum, { scratch: true })).toThrow(refused("INVALID_STATE"));
    expect(cache.stats().references).toBe(1);
  });

  test("are all taken back by purgeScratch, after which their handles release nothing", () => {
    const { cache, disposals } = open();
    for (const buffer of [a, b]) cache.register(buffer);
    const handle = cache.incref(a.checksum, { scratch: true });
    cache.incref(b.checksum, { scratch: true });
    const kept = cache.incref(b.checksum);
    cache.tempref(a.checksum, { scratch: true });
    cache.purgeScratch();
    expect(cache.stats()).toMatchObject({ references: 1, temprefs: 0, strong: { buffers: 1, bytes: 5 } });
    expect(disposals).toEqual(["a released"]);
    cache.incref(a.checksum, { scratch: true });
    handle.release();
    expect(cache.stats().references).toBe(2);
    kept.release();
    expect(disposals).toEqual(["a released", "b released"]);
  });
});

describe("onReferenced", () => {
  const listen = (cache: BufferCache) => {
    const heard: string[] = [];
    const end = cache.onReferenced((checksum) => heard.push(checksum.hex()));
    return { heard, end };
  };

  test("tells once of each buffer that is here and has a reference that is not scratch", () => {
    const { cache } = open();
    const { heard } = listen(cache);
    cache.register(a);
    cache.incref(a.checksum, { scratch: true });
    cache.tempref(b.checksum);
    expect(heard).toEqual([]);
    cache.incref(a.checksum);
    cache.incref(a.checksum);
    expect(heard).toEqual([a.checksum.hex()]);
    cache.register(b);
    expect(heard).toEqual([a.checksum.hex(), b.checksum.hex()]);
  });

  test("tells at once of those there are, and of none after the subscription has ended", () => {
    const { cache } = open();
    for (const buffer of [a, b]) cache.register(buffer);
    cache.incref(a.checksum);
    const { heard, end } = listen(cache);
    expect(heard).toEqual([a.checksum.hex()]);
    end();
    cache.incref(b.checksum);
    expect(heard).toEqual([a.checksum.hex()]);
  });

  test("offers one again that could not be written, and not one that was", () => {
    const { cache } = open();
    const { heard } = listen(cache);
    for (const buffer of [a, b]) {
      cache.incref(buffer.checksum);
      cache.register(buffer);
      cache.markWriting(buffer.checksum, true);
    }
    cache.markWriting(a.checksum, false);
    cache.markStored(b.checksum, "folder", 5);
    cache.markWriting(b.checksum, false);
    heard.length = 0;
    for (const buffer of [a, b]) cache.incref(buffer.checksum);
    expect(heard).toEqual([a.checksum.hex()]);
  });
});

test("close lets go of everything, forgives late releases and refuses the rest", async () => {
  const { cache, clock } = open();
  cache.register(a);
  const handle = cache.incref(a.checksum);
  cache.close();
  cache.close();
  expect(clock.pending).toBe(0);
  handle.release();
  cache.decref(a.checksum);
  cache.markWriting(a.checksum, true);
  cache.markStored(a.checksum, "folder", 10);
  cache.recordTransformation(a.checksum, { inputs: [] });
  cache.evict();
  cache.purgeScratch();
  expect(cache.get(a.checksum)).toBeUndefined();
  expect(cache.stats()).toMatchObject({ strong: { buffers: 0 }, weak: { buffers: 0 }, references: 0, remembered: 0 });
  expect(() => cache.register(a)).toThrow(refused("INVALID_STATE"));
  expect(() => cache.incref(a.checksum)).toThrow(refused("INVALID_STATE"));
  expect(() => cache.tempref(a.checksum)).toThrow(refused("INVALID_STATE"));
  await expect(cache.reserve(1)).rejects.toThrow(refused("INVALID_STATE"));
});
