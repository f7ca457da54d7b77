import { fileURLToPath } from "node:url";
import { Buffer as SeamlessBuffer } from "@seamless/celltypes";
import { findChromium, openSite, type Place, type Site, type SitePage } from "@seamless-tools/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { directoryStore } from "../src/directory/index.ts";
import { fileOf, plant } from "./support/folder.ts";
import { serve } from "./support/server-fixture.ts";
import { tempDir } from "./support/temp.ts";

const chromium = findChromium();
if (chromium === undefined) console.warn("no Chromium on this machine: no page dies while it writes");

const MIB = 2 ** 20;
const SMALL = 4096;
const LARGE = 2 * MIB + 5;

const MISSING = { has: false, lengths: null, get: null, getStream: null };
const there = (length: number) => ({ has: true, lengths: length, get: true, getStream: true });

interface Inside {
  readonly entries: number;
  /** Of them, with a file. */
  readonly large: number;
  readonly total: number;
  readonly sum: number;
  readonly files: readonly string[];
}

let databases = 0;
const newName = () => `faults ${databases++}`;

describe.skipIf(chromium === undefined)("in Chromium", () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite(chromium!, fileURLToPath(new URL("support/browser-page.ts", import.meta.url)));
  });
  afterAll(() => site?.close());

  /** Does something with a page, which is closed after it. */
  async function withPage<T>(use: (page: SitePage) => Promise<T>, place: Place = "page"): Promise<T> {
    const page = await site.open(place);
    try {
      return await use(page);
    } finally {
      await page.close();
    }
  }

  test.each<Place>(["page", "worker"])("offline, a %s resolves what it had fetched from a server", async (place) => {
    const folder = tempDir();
    const [fetched, other] = [{ samples: [1, 2.5, "é"] }, { large: "x".repeat(LARGE) }, "never asked for"].map(
      (value) => new SeamlessBuffer(value, "plain"),
    );
    for (const buffer of [fetched!, other!]) plant(fileOf(folder, buffer.getChecksum()), buffer.content);
    const { url } = await serve({ store: directoryStore(folder), cors: site.origin });
    const name = newName();
    await withPage(async (page) => {
      const ask = (buffer: SeamlessBuffer) =>
        page.call<{ large: string }>("resolve", { name, url, hex: buffer.getChecksum().hex() });
      expect(await ask(fetched!)).toEqual({ samples: [1, 2.5, "é"] });
      expect((await ask(other!)).large).toHaveLength(LARGE);
      expect(await page.call("has", { name, hex: fetched!.getChecksum().hex() })).toBe(true);
    }, place);
    // A page that has just been opened, from its service worker.
    await withPage(async () => undefined, "service worker");
    await site.setOffline(true);
    try {
      await withPage(async (page) => {
        const ask = (hex: string) => page.call<{ large: string }>("resolve", { name, url, hex });
        expect(await ask(fetched!.getChecksum().hex())).toEqual({ samples: [1, 2.5, "é"] });
        expect((await ask(other!.getChecksum().hex())).large).toHaveLength(LARGE);
        // Not a miss: the server could not be asked.
        expect(await ask("1".repeat(64))).toBe("STORE_FAILED");
      });
    } finally {
      await site.setOffline(false);
    }
  });

  test("two tabs and a worker, which put and evict at once, agree on what is there", async () => {
    const name = newName();
    const pages = await Promise.all([site.open(), site.open(), site.open("worker")]);
    const options = { maxBytes: 6 * LARGE };
    const outcomes = await Promise.all(
      pages.map((page, i) =>
        page.call<string[]>("hammer", { name, options, seed: i, rounds: 30, lengths: [SMALL, LARGE] }),
      ),
    );
    // All that may be wrong is that the others have taken the room.
    expect(outcomes.flat().filter((code) => code !== "DISK_FULL")).toEqual([]);
    const { total, sum, files, entries } = await pages[0]!.call<Inside>("inside", { name });
    expect(total).toBe(sum);
    expect(total).toBeLessThanOrEqual(options.maxBytes);
    expect(entries).toBeGreaterThan(3);
    expect(await pages[1]!.call("verify", { name })).toEqual({ wrong: 0, entries });
    expect(files.length).toBeLessThanOrEqual(entries);
    for (const page of pages) await page.close();
  });

  test("two tabs put the same buffer at once: it is there once", async () => {
    const name = newName();
    const pages = [await site.open(), await site.open()];
    for (const length of [SMALL, LARGE]) {
      const puts = pages.flatMap((page) => [
        page.call("put", { name, seed: 1, length }),
        page.call("put", { name, seed: 1, length, stream: true }),
      ]);
      expect(await Promise.all(puts)).toEqual([null, null, null, null]);
    }
    expect(await pages[0]!.call("inside", { name })).toMatchObject({
      entries: 2,
      total: SMALL + LARGE,
      sum: SMALL + LARGE,
      files: [expect.any(String)],
    });
    for (const page of pages) await page.close();
  });

  test("what one tab reads, another does not evict", async () => {
    const name = newName();
    const call = { name, options: { maxBytes: 2 * LARGE }, length: LARGE };
    const [reader, writer] = [await site.open(), await site.open("worker")];
    for (const seed of [0, 1]) await writer.call("put", { ...call, seed });
    await reader.call("beginReading", { ...call, seed: 0 });
    await reader.call("ask", { ...call, seed: 1 });
    await writer.call("put", { ...call, seed: 2 });
    expect(await writer.call("seeds", { ...call, count: 3 })).toEqual([0, 2]);
    expect(await reader.call("endReading", { ...call, seed: 0 })).toBe(true);
    await reader.close();
    await writer.call("put", { ...call, seed: 3 });
    await writer.close();
  });

  describe.each<Place>(["page", "worker"])("a %s that dies while it writes", { timeout: 600_000 }, (place) => {
    test.each([
      ["is closed", (page: SitePage) => page.close()],
      ["crashes", (page: SitePage) => page.crash()],
    ] as const)("%s, 25 times: nothing wrong or partial is visible, nothing confirmed is lost", async (_, die) => {
      const name = newName();
      const confirmed = new Set<number>();
      for (let round = 0; round < 25; round++) {
        const page = await site.open(place);
        // It never ends by itself; each time it gets to another point, in some before anything is there.
        await page.call("putForever", { name, seed: round * 1000, lengths: [SMALL, LARGE], stream: round % 2 === 0 });
        for (let i = 0; i < round % 7; i++) await page.call("confirmed", { least: 0 });
        for (const seed of await page.call<number[]>("confirmed", { least: round % 3 })) confirmed.add(seed);
        await die(page);
      }
      await withPage(async (page) => {
        const { entries, total, sum } = await page.call<Inside>("inside", { name });
        expect(total).toBe(sum);
        expect(await page.call("verify", { name })).toEqual({ wrong: 0, entries });
        expect(confirmed.size).toBeGreaterThan(5);
        expect(await page.call("missing", { name, seeds: [...confirmed], lengths: [SMALL, LARGE] })).toEqual([]);
        // What they have left goes with the next large put.
        expect(await page.call("put", { name, seed: 999_999, length: LARGE })).toBeNull();
        const after = await page.call<Inside>("inside", { name });
        expect(after.files).toHaveLength(after.large);
      });
    });
  });

  test("the browser is killed while pages write, 5 times: what is there is right", { timeout: 600_000 }, async () => {
    const name = newName();
    for (let round = 0; round < 5; round++) {
      const pages = [await site.open(), await site.open("worker")];
      for (const [i, page] of pages.entries()) {
        await page.call("putForever", { name, seed: round * 1000 + i * 500, lengths: [SMALL, LARGE], stream: i === 0 });
      }
      for (let i = 0; i <= round; i++) await pages[0]!.call("confirmed", { least: i });
      await site.restart();
    }
    await withPage(async (page) => {
      const { entries, total, sum } = await page.call<Inside>("inside", { name });
      expect(total).toBe(sum);
      expect(await page.call("verify", { name })).toMatchObject({ entries });
      expect(await page.call("put", { name, seed: 999_999, length: LARGE })).toBeNull();
      expect(await page.call("ask", { name, seed: 999_999, length: LARGE })).toEqual(there(LARGE));
    });
  });

  test("over the quota: DISK_FULL, or room is made; what is there stays right", async () => {
    const name = newName();
    // The browser removes what killed pages have left some time after its start: that would make room in the middle.
    await site.clearStorage();
    await withPage(async (page) => {
      const { usage } = await page.call<{ usage: number }>("estimate");
      await site.setQuota(usage + 5 * LARGE);
      try {
        // As much as there is.
        const codes = new Set<unknown>();
        for (let seed = 0; seed < 12; seed++) {
          codes.add(await page.call("put", { name, seed, length: LARGE, stream: seed % 2 === 0 }));
        }
        expect([...codes].filter((code) => code !== null && code !== "DISK_FULL")).toEqual([]);
        // Files that are removed give their space back at once.
        expect(await page.call("ask", { name, seed: 11, length: LARGE })).toEqual(there(LARGE));
        const kept = await page.call<number[]>("seeds", { name, count: 12, length: LARGE });
        expect(kept.length).toBeLessThan(6);
        // What can never fit removes nothing.
        expect(await page.call("put", { name, seed: 1, length: usage + 20 * LARGE })).toBe("DISK_FULL");
        expect(await page.call("seeds", { name, count: 12, length: LARGE })).toEqual(kept);
        const { entries, total, sum } = await page.call<Inside>("inside", { name });
        expect(total).toBe(sum);
        expect(await page.call("verify", { name })).toEqual({ wrong: 0, entries });
        const other = { name: `${name} blobs`, options: { opfs: false }, seed: 1, length: 20 * LARGE };
        expect(await page.call("put", other)).toBe("DISK_FULL");
        expect(await page.call("ask", other)).toEqual(MISSING);
      } finally {
        await site.setQuota();
      }
      expect(await page.call("put", { name, seed: 20, length: LARGE })).toBeNull();
    });
  });

  test("the user clears the data of the site under open pages: misses, and they go on", async () => {
    const name = newName();
    const pages = [await site.open(), await site.open("worker")];
    for (const length of [SMALL, LARGE]) await pages[0]!.call("put", { name, seed: 1, length });
    for (const page of pages) expect(await page.call("ask", { name, seed: 1, length: LARGE })).toEqual(there(LARGE));
    await site.clearStorage();
    for (const page of pages) {
      for (const length of [SMALL, LARGE]) {
        expect(await page.call("ask", { name, seed: 1, length })).toEqual(MISSING);
      }
    }
    for (const length of [SMALL, LARGE]) {
      expect(await pages[0]!.call("put", { name, seed: 1, length })).toBeNull();
      for (const page of pages) expect(await page.call("ask", { name, seed: 1, length })).toEqual(there(length));
    }
    for (const page of pages) await page.close();
  });

  test("a database of a later version, of something else, or kept from being opened", async () => {
    await withPage(async (page) => {
      const call = { name: newName(), seed: 1, length: SMALL };
      await page.call("put", call);
      // Ours is closed for it, and does not block.
      await page.call("upgrade", { name: call.name, version: 7 });
      expect(await page.call("ask", call)).toEqual({
        has: "UNSUPPORTED",
        lengths: "UNSUPPORTED",
        get: "UNSUPPORTED",
        getStream: "UNSUPPORTED",
      });
      expect(await page.call("put", call)).toBe("UNSUPPORTED");
      const foreign = { ...call, name: newName() };
      await page.call("upgrade", { name: foreign.name, version: 1 });
      expect(await page.call("put", foreign)).toBe("INVALID_ARGUMENT");
      // The same store opens it in the end, and a busy machine needs more than a moment for that.
      const kept = { ...call, name: newName(), options: { openTimeout: 2_000 } };
      await page.call("keepOpen", kept);
      expect(await page.call("put", kept)).toBe("STORE_FAILED");
      await page.call("letGo");
      expect(await page.call("put", kept)).toBeNull();
      expect(await page.call("ask", kept)).toEqual(there(SMALL));
    });
  });
});
