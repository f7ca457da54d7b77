import { Checksum } from "@seamless/checksum";
import { forever, rejection } from "@seamless/internal/testing";
import { joinChunks, manualClock, memoryStore, type Store, streamChunks, verifiedChunks } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { tieredStore } from "../src/tiered/tiered-store.ts";
import { BYTES, CHECKSUM, fast, openStream, readAll, slow, turns, WRONG } from "./support/tiered.ts";

describe("the back-fill of a stream", () => {
  test("is in the faster tiers that lacked it", async () => {
    const [a, b] = [fast(undefined, "a"), fast(undefined, "b")];
    const clock = manualClock();
    const tiered = tieredStore([a, memoryStore({ writable: false }), b, slow()], { clock });
    expect(await readAll(tiered)).toEqual(BYTES);
    await tiered.close();
    expect(clock.pending).toBe(0);
    for (const { contents } of [a, b]) expect(contents.get(CHECKSUM.hex())).toEqual(BYTES);
    const one = { filled: 1, filledBytes: 10_000, filling: 0, fillFailures: 0, fillsSkipped: 0 };
    const none = { filled: 0, fillFailures: 0, fillsSkipped: 0 };
    expect(tiered.stats()).toMatchObject([one, none, one, none]);
  });

  test("is left out if it is not wanted, or a tier could not tell", async () => {
    const [near, broken] = [fast(), { ...fast(), getStream: () => Promise.reject(new Error("refused")) }];
    expect(await readAll(tieredStore([near, slow()], { backfill: false }))).toEqual(BYTES);
    expect(await readAll(tieredStore([broken, slow()]))).toEqual(BYTES);
    expect([near.state.puts, broken.state.puts]).toEqual([0, 0]);
  });

  test("has its own memory: the reader may change his", async () => {
    const near = fast();
    const tiered = tieredStore([near, slow()]);
    const reader = (await openStream(tiered)).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      value.fill(0xff);
    }
    await tiered.close();
    expect(near.contents.get(CHECKSUM.hex())).toEqual(BYTES);
  });

  test("goes in step with the reader: what nobody reads is not fetched", async () => {
    const [near, far] = [fast(), slow()];
    const reader = (await openStream(tieredStore([near, far]))).getReader();
    for (let chunk = 1; chunk <= 8; chunk++) {
      await reader.read();
      await turns();
      expect(near.state.taken).toBe(chunk);
      expect(far.state.given).toBe(chunk + 1);
    }
    await reader.cancel();
  });

  test("holds the reader up by one chunk at most, if it is slow", async () => {
    let release = () => {};
    const near = fast(
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    const far = slow();
    const tiered = tieredStore([near, far]);
    const reader = (await openStream(tiered)).getReader();
    expect((await reader.read()).done).toBe(false);
    let second = false;
    const read = reader.read().then(() => {
      second = true;
    });
    await turns();
    expect(second).toBe(false);
    expect(far.state.given).toBe(3);
    release();
    await read;
    expect(near.state.taken).toBeLessThanOrEqual(2);
    await reader.cancel();
  });

  test("that hangs is given up after some time, and the reader goes on", async () => {
    for (const hanging of [fast(() => forever), { ...fast(), putStream: () => forever }]) {
      const clock = manualClock();
      const tiered = tieredStore([hanging, slow()], { clock, stallTimeout: 300 });
      const read = readAll(tiered);
      await turns();
      clock.advance(299);
      await turns();
      expect(tiered.stats()[0]?.fillFailures).toBe(0);
      clock.advance(1);
      expect(await read).toEqual(BYTES);
      expect(tiered.stats()[0]).toMatchObject({ fillFailures: 1, failures: 0, lastError: { store: "fast" } });
      await tiered.close();
      expect(clock.pending).toBe(0);
    }
  });

  test("that hangs does not take others with it", async () => {
    const clock = manualClock();
    const [hanging, good] = [{ ...fast(), putStream: () => forever }, fast()];
    const tiered = tieredStore([hanging, good, slow()], { clock });
    const read = readAll(tiered);
    await turns();
    clock.advance(5000);
    expect(await read).toEqual(BYTES);
    await tiered.close();
    expect(good.contents.get(CHECKSUM.hex())).toEqual(BYTES);
  });

  test("that hangs at its end is given up, too", async () => {
    const clock = manualClock();
    const near = fast();
    const hanging: Store = {
      ...near,
      async putStream(...args) {
        await near.putStream(...args);
        await forever;
      },
    };
    const tiered = tieredStore([hanging, slow()], { clock, backfillTimeout: 1000 });
    expect(await readAll(tiered)).toEqual(BYTES);
    const closing = tiered.close();
    await turns();
    clock.advance(1000);
    await closing;
    expect(tiered.stats()[0]).toMatchObject({ fillFailures: 1, filled: 0 });
  });

  test("is given up after 5 seconds, unless told otherwise", async () => {
    const clock = manualClock();
    const tiered = tieredStore([{ ...fast(), putStream: () => forever }, slow()], { clock });
    const read = readAll(tiered);
    await turns();
    clock.advance(4999);
    await turns();
    expect(tiered.stats()[0]?.fillFailures).toBe(0);
    clock.advance(1);
    expect(await read).toEqual(BYTES);
  });

  test("that fails is dropped; the reader and the other tiers go on", async () => {
    const cause = new Error("the disk is full");
    const failing = fast((chunk) => (chunk === 4 ? Promise.reject(cause) : undefined), "failing");
    const good = fast(undefined, "good");
    const tiered = tieredStore([failing, good, slow()]);
    expect(await readAll(tiered)).toEqual(BYTES);
    await tiered.close();
    expect(failing.contents.size).toBe(0);
    expect(good.contents.get(CHECKSUM.hex())).toEqual(BYTES);
    expect(tiered.stats()).toMatchObject([
      { fillFailures: 1, filled: 0, failures: 0, lastError: { store: "failing", cause } },
      { fillFailures: 0, filled: 1 },
      { failures: 0 },
    ]);
  });

  test("does not make the reader wait for its end, but close", async () => {
    let finish = () => {};
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const near = fast();
    const slowAtTheEnd: Store = {
      ...near,
      async putStream(...args) {
        await near.putStream(...args);
        await done;
      },
    };
    const tiered = tieredStore([slowAtTheEnd, slow()]);
    expect(await readAll(tiered)).toEqual(BYTES);
    let closed = false;
    const closing = tiered.close().then(() => {
      closed = true;
    });
    await turns();
    expect(closed).toBe(false);
    finish();
    await closing;
    expect(tiered.stats()[0]?.filled).toBe(1);
  });

  test("leaves nothing when the reader has enough", async () => {
    const near = fast();
    const tiered = tieredStore([near, slow()]);
    const reader = (await openStream(tiered)).getReader();
    await reader.read();
    const reason = new Error("enough");
    await reader.cancel(reason);
    await turns();
    expect(near.state).toMatchObject({ aborts: [reason], ends: [{ error: reason }] });
    expect(near.contents.size).toBe(0);
    expect(tiered.stats()).toMatchObject([{ fillsSkipped: 1, fillFailures: 0 }, { failures: 0 }]);
    // And is tried again the next time.
    expect(await readAll(tiered)).toEqual(BYTES);
    await tiered.close();
    expect(near.contents.size).toBe(1);
  });

  test("leaves nothing when the source breaks off or is wrong: the tier is never told that it is at the end", async () => {
    const cause = new Error("connection reset");
    const BAD = [slow((chunk) => (chunk === 5 ? Promise.reject(cause) : undefined)), slow(undefined, WRONG)];
    for (const bad of BAD) {
      let ended = 0;
      const careless = fast();
      const near: Store = {
        ...careless,
        async putStream(_, chunks) {
          await joinChunks(chunks);
          ended++;
        },
      };
      const tiered = tieredStore([near, careless, bad]);
      await rejection(readAll(tiered));
      await turns();
      expect(ended).toBe(0);
      expect(careless.contents.size).toBe(0);
      expect(careless.state.aborts).toHaveLength(1);
      expect(tiered.stats()).toMatchObject([
        { fillFailures: 0 },
        { fillFailures: 0, fillsSkipped: 1 },
        { failures: 1 },
      ]);
    }
  });

  test("of one buffer happens once at a time", async () => {
    const near = fast();
    const tiered = tieredStore([near, slow()]);
    const one = (await openStream(tiered)).getReader();
    await one.read();
    expect(await readAll(tiered)).toEqual(BYTES);
    await tiered.get(CHECKSUM);
    expect(near.state.puts).toBe(1);
    expect(near.contents.size).toBe(0);
    while (!(await one.read()).done);
    await tiered.close();
    expect(near.contents.size).toBe(1);
  });

  test("happens for a few readers at once; those of others are skipped, and counted", async () => {
    const near = fast();
    const buffers = Array.from({ length: 17 }, (_, i) => Uint8Array.from({ length: 100_000 }, (_, j) => i + j * i));
    const far = memoryStore({ contents: new Map(buffers.map((bytes) => [Checksum.of(bytes).hex(), bytes])) });
    const tiered = tieredStore([near, far]);
    for (const bytes of buffers) {
      const stream = await tiered.getStream(Checksum.of(bytes));
      await stream?.getReader().read();
    }
    expect(near.state.puts).toBe(16);
    expect(tiered.stats()[0]).toMatchObject({ filling: 16, fillsSkipped: 1 });
    await tiered.close();
  });

  test("is given up when nobody reads any more, at the end of some time or of the store", async () => {
    const clock = manualClock();
    const [one, two] = [fast(), fast()];
    const tiered = tieredStore([one, slow()], { clock, backfillTimeout: 1000 });
    const reader = (await openStream(tiered)).getReader();
    await reader.read();
    clock.advance(999);
    await reader.read();
    clock.advance(999);
    await turns();
    expect(one.state.ends).toEqual([]);
    clock.advance(1);
    await turns();
    expect(one.state.ends).toHaveLength(1);
    expect(one.contents.size).toBe(0);
    // The reader can still come back.
    while (!(await reader.read()).done);
    expect(clock.pending).toBe(0);

    const closed = tieredStore([two, slow()], { clock });
    await (await openStream(closed)).getReader().read();
    await closed.close();
    expect(two.state.ends).toHaveLength(1);
    expect(two.contents.size).toBe(0);
  });

  test("is not made after the store was closed", async () => {
    const near = fast();
    const tiered = tieredStore([near, slow()]);
    const stream = await openStream(tiered);
    await tiered.close();
    expect(await joinChunks(streamChunks(stream))).toEqual(BYTES);
    expect(near.state.puts).toBe(0);
    expect(tiered.stats()[0]?.fillsSkipped).toBe(1);
  });

  test("does not hold the reader up while a tier that lied is read again", async () => {
    const contents = new Map<string, Uint8Array>([[CHECKSUM.hex(), WRONG]]);
    const inner = memoryStore({ name: "near", contents });
    let asked = 0;
    const near: Store = {
      ...inner,
      getStream: (...args) => (asked++ === 0 ? inner.getStream(...args) : forever),
      putStream: async () => {},
    };
    const tiered = tieredStore([near, slow()], { clock: manualClock() });
    await rejection(readAll(tiered));
    expect(await readAll(tiered)).toEqual(BYTES);
    expect(asked).toBe(2);
  });

  test("mends a tier that lied, and one that did not mend stays the last", async () => {
    for (const mends of [true, false]) {
      const contents = new Map<string, Uint8Array>([[CHECKSUM.hex(), WRONG]]);
      const inner = memoryStore({ name: "near", contents });
      const near: Store = {
        ...inner,
        async putStream(checksum, chunks, options) {
          const bytes = await joinChunks(verifiedChunks(checksum, chunks, options));
          if (mends) contents.set(checksum.hex(), bytes);
        },
      };
      const tiered = tieredStore([near, slow()]);
      await rejection(readAll(tiered));
      for (let i = 0; i < 2; i++) {
        expect(await readAll(tiered)).toEqual(BYTES);
        await turns();
      }
      const mended = [{ hits: 2, filled: 1, fillFailures: 0 }, { hits: 1 }];
      const wrong = [{ hits: 1, filled: 0, fillFailures: 2 }, { hits: 2 }];
      expect(tiered.stats()).toMatchObject(mends ? mended : wrong);
    }
  });
});
