import { fileURLToPath } from "node:url";
import { findChromium, openSite, type Place, type Site, type SitePage } from "@seamless-tools/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const chromium = findChromium();
if (chromium === undefined) console.warn("no Chromium on this machine: no page keeps buffers");

const MIB = 2 ** 20;
const SMALL = 4096;
const LARGE = 2 * MIB + 5;
const PLACES: readonly Place[] = ["page", "worker", "service worker"];

const MISSING = { has: false, lengths: null, get: null, getStream: null };
const there = (length: number) => ({ has: true, lengths: length, get: true, getStream: true });

let databases = 0;
const newName = () => `test ${databases++}`;

describe.skipIf(chromium === undefined)("in Chromium", () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite(chromium!, fileURLToPath(new URL("support/browser-page.ts", import.meta.url)));
  });
  afterAll(() => site?.close());

  describe.each(PLACES)("in a %s", (place) => {
    let page: SitePage;
    beforeAll(async () => {
      page = await site.open(place);
    });
    afterAll(() => page?.close());

    test.each([true, false])("the whole suite of the store port, with files: %s", async (opfs) => {
      const { count, failures } = await page.call<{ count: number; failures: string[] }>("suite", { opfs });
      expect(failures).toEqual([]);
      expect(count).toBeGreaterThan(80);
    });

    test("large buffers are files, and the others are not; without opfs none is", async () => {
      const name = newName();
      for (const length of [SMALL, MIB, LARGE]) expect(await page.call("put", { name, seed: 1, length })).toBeNull();
      expect(await page.call("inside", { name })).toMatchObject({ entries: 3, files: [expect.any(String)] });
      const other = newName();
      await page.call("put", { name: other, options: { opfs: false }, seed: 1, length: LARGE });
      expect(await page.call("inside", { name: other })).toMatchObject({ entries: 1, files: [] });
    });

    test("garbage is collected: what another tab has just put again stays", async () => {
      const name = newName();
      for (const seed of [0, 1, 2]) await page.call("put", { name, seed, length: SMALL });
      await page.call("put", { name, seed: 3, length: LARGE });
      const call = { name, seed: 0, length: SMALL };
      expect(await page.call("collect", call)).toEqual({ kept: 1, young: 3, removed: 0, failed: 0 });
      await page.call("age", { name, by: 2 * 3_600_000 });
      const other = await site.open();
      await other.call("put", { name, seed: 1, length: SMALL });
      await other.call("put", { name, seed: 3, length: LARGE, stream: true });
      await other.close();
      expect(await page.call("collect", call)).toEqual({ kept: 1, young: 2, removed: 1, failed: 0 });
      expect(await page.call("seeds", { name, count: 4, length: SMALL })).toEqual([0, 1]);
      expect(await page.call("ask", { name, seed: 3, length: LARGE })).toEqual(there(LARGE));
    });

    test("over the cap, what was used least recently goes, and its files", async () => {
      const name = newName();
      const call = { name, options: { maxBytes: 4 * LARGE }, length: LARGE };
      for (const seed of [0, 1, 2, 3]) await page.call("put", { ...call, seed });
      // The oldest is used, which is noted at the latest when room is made.
      expect(await page.call("ask", { ...call, seed: 0 })).toEqual(there(LARGE));
      await page.call("put", { ...call, seed: 4 });
      expect(await page.call("seeds", { ...call, count: 6 })).toEqual([0, 2, 3, 4]);
      await page.call("put", { ...call, seed: 5, length: SMALL, stream: true });
      expect(await page.call("seeds", { ...call, count: 6 })).toEqual([0, 3, 4]);
      const { total, sum, files } = await page.call<{ total: number; sum: number; files: string[] }>("inside", call);
      expect([total, sum, files.length]).toEqual([3 * LARGE + SMALL, 3 * LARGE + SMALL, 3]);
      const all = { name, options: { maxBytes: SMALL }, seed: 9, length: SMALL };
      expect(await page.call("put", { ...all, length: SMALL + 1 })).toBe("TOO_LARGE");
      expect(await page.call("put", { ...all, length: LARGE, stream: true })).toBe("TOO_LARGE");
      expect(await page.call("put", all)).toBeNull();
      expect(await page.call("inside", call)).toMatchObject({ entries: 1, total: SMALL, sum: SMALL, files: [] });
    });

    test("what is being read does not go", async () => {
      const name = newName();
      const call = { name, options: { maxBytes: 2 * LARGE }, length: LARGE };
      for (const seed of [0, 1]) await page.call("put", { ...call, seed });
      await page.call("beginReading", { ...call, seed: 0 });
      // Used last, it would go first.
      await page.call("ask", { ...call, seed: 1 });
      await page.call("put", { ...call, seed: 2 });
      expect(await page.call("seeds", { ...call, count: 3 })).toEqual([0, 2]);
      await page.call("beginReading", { ...call, seed: 2 });
      expect(await page.call("put", { ...call, seed: 3 })).toBe("DISK_FULL");
      // Removed by its name, it is read to its end, and its file goes with the next sweep.
      expect(await page.call("forget", { ...call, seed: 0 })).toBe(true);
      expect(await page.call("endReading", { ...call, seed: 0 })).toBe(true);
      expect(await page.call("endReading", { ...call, seed: 2 })).toBe(true);
      expect(await page.call("put", { ...call, seed: 3 })).toBeNull();
    });

    test.each([SMALL, LARGE])("corrupt content (%i bytes) is an error, and mended by a put", async (length) => {
      const name = newName();
      for (const stream of [false, true]) {
        await page.call("put", { name, seed: 1, length });
        await page.call("spoil", { name, seed: 1, length });
        expect(await page.call("ask", { name, seed: 1, length })).toEqual({
          has: true,
          lengths: length,
          get: "CHECKSUM_MISMATCH",
          getStream: "CHECKSUM_MISMATCH",
        });
        expect(await page.call("put", { name, seed: 1, length, stream })).toBeNull();
        expect(await page.call("ask", { name, seed: 1, length })).toEqual(there(length));
        const { total, sum } = await page.call<{ total: number; sum: number }>("inside", { name });
        expect([total, sum]).toEqual([length, length]);
      }
    });

    test("a file that is gone is a miss, found by the first that reads it", async () => {
      const name = newName();
      const call = { name, seed: 1, length: LARGE };
      await page.call("put", call);
      await page.call("spoil", { ...call, gone: true });
      expect(await page.call("ask", call)).toMatchObject({ get: null, getStream: null });
      expect(await page.call("ask", call)).toEqual(MISSING);
      expect(await page.call("put", call)).toBeNull();
      expect(await page.call("ask", call)).toEqual(there(LARGE));
    });

    test("the user clears the storage: misses, and the store goes on", async () => {
      const name = newName();
      for (const length of [SMALL, LARGE]) await page.call("put", { name, seed: 1, length });
      await page.call("clear", { name });
      for (const length of [SMALL, LARGE]) {
        expect(await page.call("ask", { name, seed: 1, length })).toEqual(MISSING);
        expect(await page.call("put", { name, seed: 1, length })).toBeNull();
        expect(await page.call("ask", { name, seed: 1, length })).toEqual(there(length));
      }
    });
  });
});
