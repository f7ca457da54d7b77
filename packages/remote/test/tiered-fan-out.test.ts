import { SeamlessError } from "@seamless/checksum";
import { forever, rejection } from "@seamless/internal/testing";
import { joinChunks, memoryStore, type Store, verifiedChunks } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { tieredStore } from "../src/tiered/tiered-store.ts";
import { BYTES, CHECKSUM, CHUNK, dying, source, store, turns } from "./support/tiered.ts";

describe("putStream", () => {
  test("what the source throws is passed on as it is, whatever the tiers make of it", async () => {
    const failure = new Error("broke off");
    const wrapping = store("b", {
      async putStream(_, chunks) {
        await joinChunks(chunks).catch((cause) => {
          throw new SeamlessError("IO_ERROR", "fetch failed", { cause });
        });
      },
    });
    const [a, c] = [store("a"), dying("c", 1, new Error("dead by then"))];
    const tiered = tieredStore([a, wrapping, c]);
    const chunks = source(BYTES, (chunk) => {
      if (chunk === 6) throw failure;
    });
    expect(await rejection(tiered.putStream(CHECKSUM, chunks))).toBe(failure);
    expect(await a.has([CHECKSUM])).toEqual([false]);
    expect(tiered.stats().slice(0, 2)).toMatchObject([{ failures: 0 }, { failures: 0 }]);
  });

  test("wrong bytes and another length are the fault of the source; a tier that does not look gets no end of them", async () => {
    let completed = 0;
    const careless = store("b", {
      async putStream(_, chunks) {
        await joinChunks(chunks);
        completed++;
      },
    });
    const tiered = tieredStore([store("a"), careless, dying("c", 1, new Error("dead by then"))]);
    const wrong = BYTES.with(9999, BYTES[9999]! ^ 1);
    expect(await rejection(tiered.putStream(CHECKSUM, source(wrong)))).toMatchObject({ code: "CHECKSUM_MISMATCH" });
    for (const length of [0, 9_999, 10_001]) {
      const error = await rejection(tiered.putStream(CHECKSUM, source(), { length }));
      expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    }
    expect(completed).toBe(0);
    expect(tiered.stats()[0]?.failures).toBe(0);
  });

  test("if a source fails that one tier had no need of, the error says so", async () => {
    const failure = new Error("broke off");
    const knowing = store("a", { putStream: async () => {} });
    const chunks = source(BYTES, () => Promise.reject(failure));
    const tiered = tieredStore([knowing, store("b")]);
    const error = await rejection(tiered.putStream(CHECKSUM, chunks));
    expect(error).toMatchObject({ code: "STORE_FAILED", cause: failure, errors: [{ store: "b", cause: failure }] });
    expect(String(error)).toContain("it is in a");
    expect(tiered.stats()).toMatchObject([{ written: 1 }, { written: 0, failures: 0, lastError: undefined }]);
  });

  test("what all tiers refuse before the end for the same reason is passed on as it is", async () => {
    const refusing = (name: string) =>
      store(name, { putStream: () => Promise.reject(new SeamlessError("INVALID_ARGUMENT", `${name} refuses`)) });
    const tiered = tieredStore([refusing("a"), refusing("b")]);
    const chunks = source();
    expect(await rejection(tiered.putStream(CHECKSUM, chunks))).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "a refuses",
    });
  });

  test("a tier that stops reading, and takes its time, does not hold up the others", async () => {
    let finish = () => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const knowing = store("a", {
      async putStream(_, chunks) {
        for await (const _ of chunks) break;
        await done;
      },
    });
    const b = store("b");
    const written = tieredStore([knowing, b]).putStream(CHECKSUM, source());
    await turns();
    expect(await b.has([CHECKSUM])).toEqual([true]);
    finish();
    await written;
  });

  test("the tiers are told the length", async () => {
    const lengths: unknown[] = [];
    const telling = (name: string) =>
      store(name, {
        async putStream(_, chunks, { length } = {}) {
          lengths.push(length);
          await joinChunks(chunks);
        },
      });
    await tieredStore([telling("a"), telling("b")]).putStream(CHECKSUM, source(), { length: 10_000 });
    expect(lengths).toEqual([10_000, 10_000]);
  });

  test("goes in step: a slow tier holds up source and other tiers, with one chunk each", async () => {
    const taken = { a: 0, b: 0 };
    let release = () => {};
    const counting = (name: "a" | "b", wait: () => Promise<void>) =>
      store(name, {
        async putStream(checksum, chunks) {
          for await (const _ of verifiedChunks(checksum, chunks)) {
            taken[name]++;
            await wait();
          }
        },
      });
    const held = () =>
      new Promise<void>((resolve) => {
        release = resolve;
      });
    const tiered = tieredStore([counting("a", async () => {}), counting("b", held)]);
    const chunks = source();
    const written = tiered.putStream(CHECKSUM, chunks);
    for (let chunk = 1; chunk <= 9; chunk++) {
      await turns();
      // Verifying holds one chunk back, here and in each of these tiers.
      expect(taken.b).toBe(chunk);
      expect(taken.a).toBeLessThanOrEqual(chunk);
      expect(chunks.state.given).toBeLessThanOrEqual(chunk + 2);
      release();
    }
    await turns();
    release();
    await written;
    expect(taken).toEqual({ a: 10, b: 10 });
  });

  test("each tier has its own memory, and the source may use its own again", async () => {
    const spoiling = store("a", {
      async putStream(_, chunks) {
        for await (const chunk of chunks) chunk.fill(0);
      },
    });
    const b = store("b");
    // Node's `Buffer`, whose `slice` does not copy.
    const memory = Buffer.alloc(CHUNK);
    const reusing = async function* () {
      for (let at = 0; at < BYTES.byteLength; at += CHUNK) {
        memory.set(BYTES.subarray(at, at + CHUNK));
        yield memory;
        memory.fill(0xff);
      }
    };
    await tieredStore([spoiling, b, store("c")]).putStream(CHECKSUM, reusing());
    expect(await b.get(CHECKSUM)).toEqual(BYTES);
  });

  test("stops a source that nobody wants more of, before it comes back", async () => {
    let given = 0;
    let stopped = false;
    const chunks = async function* () {
      try {
        for await (const chunk of source()) {
          given++;
          yield chunk;
        }
      } finally {
        await turns();
        stopped = true;
      }
    };
    const tiered = tieredStore([dying("a", 1, new Error("one")), dying("b", 2, new Error("two"))]);
    await rejection(tiered.putStream(CHECKSUM, chunks()));
    expect(stopped).toBe(true);
    expect(given).toBeLessThan(6);
  });

  test("does not wait for a source that hangs when no tier is left", async () => {
    let die = () => {};
    const cause = new Error("connection reset");
    const mortal = store("a", {
      putStream: (_, chunks) =>
        new Promise<void>((_, reject) => {
          die = () => reject(cause);
          joinChunks(chunks).catch(() => undefined);
        }),
    });
    const chunks = source(BYTES, (chunk) => (chunk === 3 ? forever : undefined));
    const written = rejection(tieredStore([mortal]).putStream(CHECKSUM, chunks));
    await turns();
    die();
    expect(await written).toMatchObject({ code: "STORE_FAILED", errors: [{ store: "a", cause }] });
  });

  test("an abort ends it though the source hangs, even while it is stopped, and leaves nothing", async () => {
    const HANGING: Readonly<Record<string, AsyncIterator<Uint8Array>>> = {
      next: { next: () => forever, return: () => forever },
      return: { next: async () => ({ done: false, value: BYTES }), return: () => forever },
    };
    for (const iterator of Object.values(HANGING)) {
      const a = store("a");
      const controller = new AbortController();
      const options = { signal: controller.signal, length: 1 };
      const written = rejection(
        tieredStore([a, store("b")]).putStream(CHECKSUM, { [Symbol.asyncIterator]: () => iterator }, options),
      );
      await turns();
      const reason = new Error("enough");
      controller.abort(reason);
      expect(await written).toBe(reason);
      expect(await a.has([CHECKSUM])).toEqual([false]);
    }
  });

  test("two at once do not wait for each other, though tiers lock what they write", async () => {
    /** Writes of one buffer wait for one another, and may overtake on the way to the lock. */
    const locking = (name: string, slow: number) => {
      let lock = Promise.resolve();
      let count = 0;
      const inner = memoryStore({ name });
      return {
        ...inner,
        async putStream(...[checksum, chunks, options]: Parameters<Store["putStream"]>) {
          if (count++ === slow) await turns();
          const before = lock;
          let unlock = () => {};
          lock = new Promise((resolve) => {
            unlock = resolve;
          });
          await before;
          await inner.putStream(checksum, chunks, options).finally(unlock);
        },
      };
    };
    const tiered = tieredStore([locking("a", 0), locking("b", 1)]);
    await Promise.all([tiered.putStream(CHECKSUM, source()), tiered.putStream(CHECKSUM, source())]);
    expect(tiered.stats()).toMatchObject([{ written: 2 }, { written: 2 }]);
  });
});
