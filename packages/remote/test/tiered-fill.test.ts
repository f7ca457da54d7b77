import { Checksum, SeamlessError } from "@seamless/checksum";
import { deferred, forever } from "@seamless/internal/testing";
import { manualClock, memoryStore, type Store } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { Tier } from "../src/tiered/tier.ts";
import { type TieredStoreOptions, tieredStore } from "../src/tiered/tiered-store.ts";
import { until } from "./support/client-store.ts";
import { turns } from "./support/tiered.ts";

const MIB = 2 ** 20;

/** Bytes, other ones for each seed, and their checksum. */
function sample(length: number, seed: number) {
  const bytes = new Uint8Array(length).fill(seed);
  return { bytes, checksum: Checksum.of(bytes) };
}

const HELLO = sample(5, 1);
const WRONG = sample(5, 2).bytes;

interface Watched extends Store {
  readonly contents: Map<string, Uint8Array>;
  /** Every `put`: its checksum and the very bytes. */
  readonly puts: { hex: string; bytes: Uint8Array }[];
}

/** A fast store that says what is put there, and does something before. */
function watched(name = "fast", before: (checksum: Checksum) => Promise<void> | void = () => {}): Watched {
  const contents = new Map<string, Uint8Array>();
  const inner = memoryStore({ name, contents });
  const puts: Watched["puts"] = [];
  return {
    ...inner,
    contents,
    puts,
    async put(checksum, bytes, options) {
      puts.push({ hex: checksum.hex(), bytes });
      await before(checksum);
      await inner.put(checksum, bytes, options);
    },
  };
}

function slowWith(...buffers: readonly { bytes: Uint8Array; checksum: Checksum }[]): Store {
  const contents = new Map(buffers.map(({ checksum, bytes }) => [checksum.hex(), bytes]));
  return memoryStore({ name: "slow", contents, writable: false });
}

describe("a tier that refuses for good", () => {
  test.each(["READ_ONLY", "ACCESS_DENIED", "UNSUPPORTED"] as const)("%s: is not asked again", async (code) => {
    let refuses = true;
    const fast = watched("fast", () => {
      if (refuses) throw new SeamlessError(code, "no");
    });
    const buffers = [1, 2, 3, 4].map((seed) => sample(5, seed));
    const tiered = tieredStore([fast, slowWith(...buffers)]);
    for (const { checksum } of buffers.slice(0, 3)) {
      await tiered.get(checksum);
      await turns();
    }
    expect(fast.puts).toHaveLength(1);
    expect(tiered.stats()[0]).toMatchObject({ fillFailures: 1, fillsSkipped: 2, failures: 0 });
    // Whoever puts something finds out that it takes some again.
    refuses = false;
    const put = sample(5, 9);
    await tiered.put(put.checksum, put.bytes);
    await tiered.get(buffers[3]!.checksum);
    await tiered.close();
    expect(fast.contents.has(buffers[3]!.checksum.hex())).toBe(true);
  });

  test("a failure that may pass is tried again", async () => {
    const fast = watched("fast", () => {
      throw new SeamlessError("STORE_FAILED", "busy");
    });
    const buffers = [1, 2].map((seed) => sample(5, seed));
    const tiered = tieredStore([fast, slowWith(...buffers)]);
    for (const { checksum } of buffers) await tiered.get(checksum);
    await tiered.close();
    expect(fast.puts).toHaveLength(2);
  });
});

describe("the back-fill of what get gave", () => {
  test("is in the faster tiers that lacked it when the store is closed", async () => {
    const [a, b] = [watched("a"), watched("b")];
    const readOnly = memoryStore({ name: "r", writable: false, contents: new Map() });
    const tiered = tieredStore([a, readOnly, b, slowWith(HELLO), watched("behind")]);
    await tiered.get(HELLO.checksum);
    await tiered.close();
    expect(a.contents.get(HELLO.checksum.hex())).toEqual(HELLO.bytes);
    expect(b.contents.get(HELLO.checksum.hex())).toEqual(HELLO.bytes);
    const one = { filled: 1, filledBytes: 5, filling: 0, fillFailures: 0, fillsSkipped: 0, written: 0 };
    const none = { filled: 0, filledBytes: 0, fillFailures: 0, fillsSkipped: 0 };
    expect(tiered.stats()).toMatchObject([one, none, one, none, none]);
  });

  test("is left out if it is not wanted", async () => {
    const fast = watched();
    const tiered = tieredStore([fast, slowWith(HELLO)], { backfill: false });
    await tiered.get(HELLO.checksum);
    await tiered.close();
    expect(fast.puts).toEqual([]);
  });

  test("is made of a copy: what the reader does with his bytes does not matter", async () => {
    const go = deferred();
    const fast = watched("fast", () => go.promise);
    // Node's `Buffer`, whose `slice` does not copy.
    const slow: Store = { ...slowWith(), get: async () => Buffer.from(HELLO.bytes) };
    const tiered = tieredStore([fast, slow]);
    const found = await tiered.get(HELLO.checksum);
    found?.fill(0xff);
    go.resolve();
    await tiered.close();
    expect(fast.contents.get(HELLO.checksum.hex())).toEqual(HELLO.bytes);
    expect(fast.puts[0]?.bytes.buffer).not.toBe(found?.buffer);
  });

  test("delays nothing: the reader has his bytes while the put hangs", async () => {
    const tiered = tieredStore([watched("fast", () => forever), slowWith(HELLO)]);
    expect(await tiered.get(HELLO.checksum)).toEqual(HELLO.bytes);
    expect(tiered.stats()[0]).toMatchObject({ filling: 1, filled: 0 });
  });

  test("fails nothing: a put that fails is recorded with its tier", async () => {
    const cause = new Error("the disk is full");
    const tiered = tieredStore([watched("fast", () => Promise.reject(cause)), slowWith(HELLO)]);
    expect(await tiered.get(HELLO.checksum)).toEqual(HELLO.bytes);
    await tiered.close();
    expect(tiered.stats()[0]).toMatchObject({
      filled: 0,
      fillFailures: 1,
      failures: 0,
      lastError: { code: "STORE_FAILED", store: "fast", cause, checksum: HELLO.checksum },
    });
  });

  test("is not tried where a tier could not tell", async () => {
    const fast = { ...watched(), get: () => Promise.reject(new Error("refused")) };
    const tiered = tieredStore([fast, slowWith(HELLO)]);
    await tiered.get(HELLO.checksum);
    await tiered.close();
    expect(fast.puts).toEqual([]);
  });

  test("goes on when the reader's signal is aborted afterwards", async () => {
    const go = deferred();
    const fast = watched("fast", () => go.promise);
    const tiered = tieredStore([fast, slowWith(HELLO)]);
    const controller = new AbortController();
    await tiered.get(HELLO.checksum, { signal: controller.signal });
    controller.abort(new Error("enough"));
    go.resolve();
    await tiered.close();
    expect(fast.contents.size).toBe(1);
  });

  test("of one buffer happens once at a time, and again if it is missing again", async () => {
    let go = deferred();
    const fast = watched("fast", () => go.promise);
    const tiered = tieredStore([fast, slowWith(HELLO)]);
    await Promise.all([tiered.get(HELLO.checksum), tiered.get(HELLO.checksum), tiered.get(HELLO.checksum)]);
    expect(fast.puts).toHaveLength(1);
    go.resolve();
    await turns();
    fast.contents.clear();
    go = deferred();
    go.resolve();
    await tiered.get(HELLO.checksum);
    await tiered.close();
    expect(fast.puts).toHaveLength(2);
    expect(tiered.stats()[0]).toMatchObject({ filled: 2, fillsSkipped: 0 });
  });
});

describe("wrong bytes in a faster tier", () => {
  /** A store that mends what is put again, and one that says it is there already. */
  function spoilt(mends: boolean): Watched {
    const fast = watched();
    fast.contents.set(HELLO.checksum.hex(), WRONG);
    if (!mends) return fast;
    return {
      ...fast,
      async put(checksum, bytes, options) {
        fast.contents.delete(checksum.hex());
        await fast.put(checksum, bytes, options);
      },
    };
  }

  test("are mended", async () => {
    const fast = spoilt(true);
    const tiered = tieredStore([fast, slowWith(HELLO)]);
    expect(await tiered.get(HELLO.checksum)).toEqual(HELLO.bytes);
    await turns();
    expect(fast.contents.get(HELLO.checksum.hex())).toEqual(HELLO.bytes);
    expect(await tiered.get(HELLO.checksum)).toEqual(HELLO.bytes);
    expect(tiered.stats()[0]).toMatchObject({ failures: 1, hits: 1, filled: 1, fillFailures: 0 });
  });

  test("are mended whatever error the tier makes of them", async () => {
    const mismatch = new SeamlessError("CHECKSUM_MISMATCH", "wrong");
    const failed = new SeamlessError("IO_ERROR", "could not read", { cause: mismatch });
    const several = new SeamlessError("STORE_FAILED", "all failed", { errors: [failed] });
    for (const error of [mismatch, failed, several]) {
      const fast: Watched = { ...watched(), get: () => Promise.reject(error) };
      const tiered = tieredStore([fast, slowWith(HELLO)]);
      expect(await tiered.get(HELLO.checksum)).toEqual(HELLO.bytes);
      await tiered.close();
      expect(fast.puts).toHaveLength(1);
    }
  });

  test("are remembered, of a thousand buffers: the oldest is forgotten", () => {
    const tier = new Tier(memoryStore());
    const checksums = Array.from({ length: 1001 }, (_, i) => Checksum.of(Uint8Array.of(i, i >> 8)));
    for (const checksum of checksums) {
      tier.getError(checksum, new SeamlessError("CHECKSUM_MISMATCH", "wrong"));
    }
    expect(checksums.map((checksum) => tier.suspects(checksum))).toEqual(checksums.map((_, i) => i > 0));
  });

  test("that stay are passed over each time, and not said to be mended", async () => {
    const tiered = tieredStore([spoilt(false), slowWith(HELLO)]);
    for (let i = 0; i < 2; i++) {
      expect(await tiered.get(HELLO.checksum)).toEqual(HELLO.bytes);
      await turns();
    }
    expect(tiered.stats()).toMatchObject([{ failures: 2, filled: 0, fillFailures: 2 }, { hits: 2 }]);
  });
});

describe("the bounds of the back-fill", () => {
  test("a few puts at once", async () => {
    const buffers = Array.from({ length: 20 }, (_, i) => sample(100, i + 1));
    let now = 0;
    let most = 0;
    const fast = watched("fast", async () => {
      most = Math.max(most, ++now);
      await turns();
      now--;
    });
    const tiered = tieredStore([fast, slowWith(...buffers)]);
    await Promise.all(buffers.map(({ checksum }) => tiered.get(checksum)));
    expect(tiered.stats()[0]?.filling).toBe(20);
    await tiered.close();
    expect(most).toBe(4);
    expect(fast.contents.size).toBe(20);
  });

  test("64 MiB, put or waiting; what goes beyond is skipped, and counted", async () => {
    const buffers = Array.from({ length: 7 }, (_, i) => sample(10 * MIB, i + 1));
    const go = deferred();
    const fast = watched("fast", () => go.promise);
    const tiered = tieredStore([fast, slowWith(...buffers)]);
    for (const { checksum } of buffers) await tiered.get(checksum);
    expect(tiered.stats()[0]).toMatchObject({ filling: 6, fillsSkipped: 1 });
    go.resolve();
    // Hashed in slices: it takes as many turns as it takes.
    await until(() => tiered.stats()[0]?.filling === 0);
    expect(tiered.stats()[0]).toMatchObject({ filling: 0, filled: 6, filledBytes: 60 * MIB });
    // There is room again.
    await tiered.get(buffers[6]!.checksum);
    await tiered.close();
    expect(tiered.stats()[0]).toMatchObject({ filled: 7, fillsSkipped: 1 });
  });

  test("a buffer larger than that is never held twice", async () => {
    const large = sample(64 * MIB + 1, 3);
    const fast = watched();
    const tiered = tieredStore([fast, slowWith(large)]);
    expect((await tiered.get(large.checksum))?.byteLength).toBe(64 * MIB + 1);
    await tiered.close();
    expect(fast.puts).toEqual([]);
    expect(tiered.stats()[0]?.fillsSkipped).toBe(1);
  });

  test("a buffer counts 1 KiB at least: there is no end of small ones", async () => {
    const fast: Store = { ...watched(), put: () => forever };
    const buffers = Array.from({ length: 65_537 }, (_, i) => {
      const bytes = Uint8Array.of(i, i >> 8, i >> 16);
      return { bytes, checksum: Checksum.of(bytes) };
    });
    const tiered = tieredStore([fast, slowWith(...buffers)]);
    for (const { checksum } of buffers) await tiered.get(checksum);
    expect(tiered.stats()[0]).toMatchObject({ filling: 65_536, fillsSkipped: 1 });
  });

  test("a put that hangs is given up, and keeps neither the others nor close waiting; its bytes still count", async () => {
    const clock = manualClock();
    const options: TieredStoreOptions = { clock, backfillTimeout: 1000 };
    const buffers = Array.from({ length: 8 }, (_, i) => sample(15 * MIB, i + 1));
    const hanging = new Set(buffers.slice(0, 4).map(({ checksum }) => checksum.hex()));
    const fast = watched("fast", (checksum) => (hanging.has(checksum.hex()) ? forever : undefined));
    const tiered = tieredStore([fast, slowWith(...buffers, HELLO)], options);
    for (const { checksum } of buffers.slice(0, 4)) await tiered.get(checksum);
    await tiered.get(HELLO.checksum);
    await turns();
    expect(fast.contents.size).toBe(0);
    clock.advance(1000);
    await turns();
    expect(fast.contents.size).toBe(1);
    expect(tiered.stats()[0]).toMatchObject({ fillFailures: 4, filled: 1, lastError: { store: "fast" } });
    await tiered.get(buffers[4]!.checksum);
    expect(tiered.stats()[0]?.fillsSkipped).toBe(1);
    await tiered.close();
    expect(clock.pending).toBe(0);
  });
});

describe("close", () => {
  test("waits for the back-fills under way, before it closes the tiers", async () => {
    const go = deferred();
    const done: string[] = [];
    const fast = watched("fast", async () => {
      await go.promise;
      done.push("filled");
    });
    const closing = { ...fast, close: async () => void done.push("closed") };
    const tiered = tieredStore([closing, slowWith(HELLO)]);
    await tiered.get(HELLO.checksum);
    const closed = tiered.close();
    await turns();
    expect(done).toEqual([]);
    go.resolve();
    await closed;
    expect(done).toEqual(["filled", "closed"]);
  });

  test("afterwards nothing is back-filled", async () => {
    const fast = watched();
    const tiered = tieredStore([fast, slowWith(HELLO)]);
    await tiered.close();
    expect(await tiered.get(HELLO.checksum)).toEqual(HELLO.bytes);
    await turns();
    expect(fast.puts).toEqual([]);
  });
});
