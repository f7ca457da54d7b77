import { SeamlessError } from "@seamless/checksum";
import { forever, rejection } from "@seamless/internal/testing";
import { joinChunks, manualClock, memoryStore, type Store } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { tieredStore } from "../src/tiered/tiered-store.ts";
import { BYTES, CHECKSUM, dying, source, store, turns } from "./support/tiered.ts";

/** Both ways of writing the bytes. */
const WAYS: Readonly<Record<string, (to: Store, signal?: AbortSignal) => Promise<void>>> = {
  put: (to, signal) => to.put(CHECKSUM, BYTES, { signal }),
  putStream: (to, signal) => to.putStream(CHECKSUM, source(), { signal }),
};

for (const [name, write] of Object.entries(WAYS)) {
  describe(name, () => {
    test("writes to every writable tier", async () => {
      const [a, b, c] = [store("a"), memoryStore({ name: "b", writable: false }), store("c")];
      const tiered = tieredStore([a, b, c]);
      await write(tiered);
      for (const one of [a, c]) expect(await one.get(CHECKSUM)).toEqual(BYTES);
      expect(await b.has([CHECKSUM])).toEqual([false]);
      expect(tiered.stats()).toMatchObject([
        { written: 1, writtenBytes: BYTES.byteLength },
        { written: 0, writtenBytes: 0 },
        { written: 1, writtenBytes: BYTES.byteLength },
      ]);
    });

    test("writes to the first writable tier only, if told to", async () => {
      const [a, b, c] = [memoryStore({ name: "a", writable: false }), store("b"), store("c")];
      await write(tieredStore([a, b, c], { write: "first" }));
      expect([await a.has([CHECKSUM]), await b.has([CHECKSUM]), await c.has([CHECKSUM])]).toEqual([
        [false],
        [true],
        [false],
      ]);
    });

    test("is refused if no tier is writable", async () => {
      const tiered = tieredStore([memoryStore({ writable: false }), memoryStore({ writable: false })]);
      expect(await rejection(write(tiered))).toMatchObject({ code: "READ_ONLY", store: tiered.name });
    });

    test("a tier that fails does not keep the others from it; the error says who has it", async () => {
      const cause = new SeamlessError("DISK_FULL", "the disk is full");
      const broken = { ...dying("b", 3, cause), put: () => Promise.reject(cause) };
      const [a, c] = [store("a"), store("c")];
      const tiered = tieredStore([a, broken, c]);
      const error = await rejection(write(tiered));
      expect(error).toMatchObject({
        code: "STORE_FAILED",
        checksum: CHECKSUM,
        store: tiered.name,
        errors: [{ code: "STORE_FAILED", store: "b", cause }],
      });
      expect(String(error)).toContain("b: the disk is full; it is in a, c");
      for (const one of [a, c]) expect(await one.get(CHECKSUM)).toEqual(BYTES);
      expect(tiered.stats()).toMatchObject([
        { written: 1, failures: 0 },
        { written: 0, failures: 1, lastError: { store: "b", cause } },
        { written: 1, failures: 0 },
      ]);
    });

    test("one error for each tier, if all fail", async () => {
      const [one, two] = [new Error("one"), new Error("two")];
      const tiered = tieredStore([
        { ...dying("a", 0, one), put: () => Promise.reject(one) },
        { ...dying("b", 5, two), put: () => Promise.reject(two) },
      ]);
      const error = await rejection(write(tiered));
      expect(error).toMatchObject({
        code: "STORE_FAILED",
        errors: [
          { store: "a", cause: one },
          { store: "b", cause: two },
        ],
      });
      expect(String(error)).toContain("no tier has it");
    });

    test("wrong bytes that only a tier sees are its own failure", async () => {
      const mismatch = new SeamlessError("CHECKSUM_MISMATCH", "garbled on the way");
      const garbling = store("a", {
        put: () => Promise.reject(mismatch),
        async putStream(_, chunks) {
          await joinChunks(chunks);
          throw mismatch;
        },
      });
      for (const tiers of [[garbling], [garbling, store("b")]] as [Store, ...Store[]][]) {
        expect(await rejection(write(tieredStore(tiers)))).toMatchObject({
          code: "STORE_FAILED",
          errors: [{ store: "a", cause: mismatch }],
        });
      }
    });

    test("an abort ends it, though a tier ignores it: after a while, since the buffer may still turn up", async () => {
      const clock = manualClock();
      const deaf = store("b", { put: () => forever, putStream: () => forever });
      const tiered = tieredStore([store("a"), deaf], { clock });
      const controller = new AbortController();
      let ended = false;
      const written = rejection(write(tiered, controller.signal)).finally(() => {
        ended = true;
      });
      await turns();
      const reason = new Error("enough");
      controller.abort(reason);
      await turns();
      expect(ended).toBe(false);
      clock.advance(1000);
      expect(await written).toBe(reason);
      expect(tiered.stats()).toMatchObject([{ failures: 0 }, { failures: 0 }]);
    });

    test("an abort waits for the tiers to stop, and no longer", async () => {
      const clock = manualClock();
      let stopped = false;
      const slow = (_: unknown, __: unknown, { signal }: { signal?: AbortSignal | undefined } = {}) =>
        new Promise<never>((_, reject) => {
          signal?.addEventListener("abort", async () => {
            await turns();
            stopped = true;
            reject(signal.reason);
          });
        });
      const tiered = tieredStore([store("a", { put: slow, putStream: slow })], { clock });
      const controller = new AbortController();
      const written = rejection(write(tiered, controller.signal));
      const reason = new Error("enough");
      await turns();
      controller.abort(reason);
      expect(await written).toBe(reason);
      expect(stopped).toBe(true);
      expect(clock.pending).toBe(0);
    });
  });
}

test("put: wrong bytes reach no tier", async () => {
  const given: Uint8Array[] = [];
  const tiered = tieredStore([store("a", { put: async (_, bytes) => void given.push(bytes) })]);
  const error = await rejection(tiered.put(CHECKSUM, BYTES.slice(1)));
  expect(error).toMatchObject({ code: "CHECKSUM_MISMATCH", store: tiered.name });
  expect(given).toEqual([]);
  expect(tiered.stats()[0]?.failures).toBe(0);
});
