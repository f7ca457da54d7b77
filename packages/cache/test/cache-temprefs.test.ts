import type { TempReferenceOptions } from "@seamless/checksum";
import { manualClock } from "@seamless/store";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fades, interestAfter } from "../src/cache/references.ts";
import { BufferCache, type BufferCacheOptions } from "../src/index.ts";
import { fakeBuffer } from "./support/buffers.ts";

const a = fakeBuffer("a", 10);

const open = (options: BufferCacheOptions = {}) => {
  const clock = manualClock();
  const cache = new BufferCache({ clock, ...options });
  cache.register(a);
  return { clock, cache, isStrong: () => cache.stats().strong.buffers === 1 };
};

describe("a fading reference", () => {
  test("is at 128, halves every 2 s and is gone below 1/128, after 30 s", () => {
    const fade = new Fades().of({});
    expect([0, 1999, 2000, 4000, 28_000, 29_999, 30_000].map((ms) => interestAfter(fade, ms))).toEqual([
      128,
      128,
      64,
      32,
      1 / 128,
      1 / 128,
      0,
    ]);
    const { cache, clock, isStrong } = open();
    cache.tempref(a.checksum);
    clock.advance(29_999);
    expect(isStrong()).toBe(true);
    clock.advance(1);
    expect(isStrong()).toBe(false);
    expect(cache.stats()).toMatchObject({ temprefs: 0, weak: { buffers: 1 }, disposals: { faded: 1, released: 0 } });
  });

  test("there is one for each checksum, and taking it again starts its clock again", () => {
    const { cache, clock, isStrong } = open();
    cache.tempref(a.checksum);
    clock.advance(20_000);
    cache.tempref(a.checksum);
    expect(cache.stats().temprefs).toBe(1);
    clock.advance(28_000);
    expect(isStrong()).toBe(true);
    clock.advance(2000);
    expect(isStrong()).toBe(false);
  });

  test("a weaker one starts the clock of the stronger again; a stronger one takes its place", () => {
    const { cache, clock, isStrong } = open();
    cache.tempref(a.checksum);
    clock.advance(20_000);
    cache.tempref(a.checksum, { interest: 1 });
    clock.advance(28_000);
    expect(isStrong()).toBe(true);
    cache.tempref(a.checksum, { interest: 256 });
    clock.advance(30_000);
    expect(isStrong()).toBe(true);
    clock.advance(2000);
    expect(isStrong()).toBe(false);
  });

  test("everything about it can be set, for one and for all", () => {
    for (const how of ["one", "all"]) {
      const options = { interest: 100, fadeFactor: 10, fadeInterval: 1 };
      const { cache, clock, isStrong } = open({
        passInterval: 500,
        tempref: { threshold: 1, ...(how === "all" ? options : {}) },
      });
      cache.tempref(a.checksum, how === "one" ? options : {});
      // 100, 10, 1 and then below 1.
      clock.advance(2500);
      expect(isStrong()).toBe(true);
      clock.advance(500);
      expect(isStrong()).toBe(false);
    }
  });

  test("one without a buffer waits for it, and goes all the same", () => {
    const clock = manualClock();
    const cache = new BufferCache({ clock });
    cache.tempref(a.checksum);
    clock.advance(10_000);
    cache.register(a);
    expect(cache.stats()).toMatchObject({ strong: { buffers: 1 }, temprefs: 1 });
    clock.advance(20_000);
    expect(cache.stats()).toMatchObject({ strong: { buffers: 0 }, temprefs: 0 });
  });

  test("leaves the buffer to counted references when it goes", () => {
    const { cache, clock, isStrong } = open();
    cache.tempref(a.checksum);
    const handle = cache.incref(a.checksum);
    clock.advance(60_000);
    expect(isStrong()).toBe(true);
    expect(cache.stats().disposals.faded).toBe(0);
    handle.release();
    expect(isStrong()).toBe(false);
  });

  test("is of no use to anyone when it is below the threshold from the start", () => {
    const { cache, isStrong } = open();
    cache.tempref(a.checksum, { interest: 1 / 256 });
    cache.evict();
    expect(isStrong()).toBe(false);
  });

  test("one that would never fade is refused", () => {
    const { cache } = open();
    const wrong: TempReferenceOptions[] = [
      { fadeFactor: 1 },
      { fadeFactor: 0.5 },
      { fadeFactor: Number.POSITIVE_INFINITY },
      { interest: 0 },
      { interest: Number.NaN },
      { interest: Number.POSITIVE_INFINITY },
      { fadeInterval: 0 },
      { fadeInterval: "2" as never },
    ];
    for (const options of wrong) {
      expect(() => cache.tempref(a.checksum, options)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
      expect(() => new BufferCache({ tempref: options })).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT" }),
      );
    }
    expect(cache.stats().temprefs).toBe(0);
  });

  test("fades at its threshold exactly, whatever the numbers", () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(number(0.01, 1e6), number(1.01, 100), number(0.001, 100), (interest, fadeFactor, threshold) => {
        const fade = new Fades({ threshold }).of({ interest, fadeFactor, fadeInterval: 1 });
        expect(interestAfter(fade, fade.lifetime)).toBe(0);
        expect(interest / fadeFactor ** (fade.lifetime / 1000)).toBeLessThan(threshold);
        if (fade.lifetime > 0) expect(interestAfter(fade, fade.lifetime - 1000)).toBeGreaterThanOrEqual(threshold);
      }),
    );
  });
});
