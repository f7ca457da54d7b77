import type { SeamlessError } from "@seamless/checksum";
import { forever, rejection } from "@seamless/internal/testing";
import { manualClock, type Store, streamChunks } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { tieredStore } from "../src/tiered/tiered-store.ts";
import { collect } from "./support/sample.ts";
import { BYTES, CHECKSUM, CHUNK, slow, source, store, turns } from "./support/tiered.ts";

/** In milliseconds. */
const LIMIT = 1_000;

/** A store that never answers, and what it heard of that. */
function hanging(name: string, changes: Partial<Store> = {}) {
  const reasons: unknown[] = [];
  const hang = (_: unknown, { signal }: { signal?: AbortSignal | undefined } = {}) => {
    signal?.addEventListener("abort", () => reasons.push(signal.reason));
    return forever;
  };
  return { reasons, store: store(name, { has: hang, lengths: hang, get: hang, getStream: hang, ...changes }) };
}

async function full(name: string): Promise<Store> {
  const one = store(name);
  await one.put(CHECKSUM, BYTES);
  return one;
}

const READS: Readonly<Record<string, readonly [(from: Store) => Promise<unknown>, found: unknown, limit: number]>> = {
  has: [(from) => from.has([CHECKSUM]), [true], LIMIT + 10],
  lengths: [(from) => from.lengths([CHECKSUM]), [BYTES.byteLength], LIMIT + 10],
  // Its length is asked for when the time is up.
  get: [(from) => from.get(CHECKSUM), BYTES, 2 * LIMIT],
  getStream: [async (from) => (await from.getStream(CHECKSUM)) !== undefined, true, LIMIT],
};

describe.each(Object.entries(READS))("%s: a tier that hangs", (_, [read, found, limit]) => {
  test("is given up when its time is over, and the next one asked", async () => {
    const clock = manualClock();
    const hung = hanging("hung");
    const tiered = tieredStore([hung.store, await full("other")], { clock, readTimeout: LIMIT, backfill: false });
    let answer: unknown;
    const asked = read(tiered).then((given) => {
      answer = given;
    });
    await clock.advanceAsync(limit - 1);
    await turns();
    expect([answer, hung.reasons.filter((reason) => reason === undefined)]).toEqual([undefined, []]);
    await clock.advanceAsync(1);
    await asked;
    expect(answer).toEqual(found);
    const failure = { code: "STORE_FAILED", message: expect.stringContaining(`no answer within ${limit} ms`) };
    expect(hung.reasons).toContainEqual(expect.objectContaining(failure));
    expect(tiered.stats()[0]).toMatchObject({ failures: 1, misses: 0, lastError: failure });
    expect(clock.pending).toBe(0);
  });

  test("is a failure, and nothing is missing, if no other has it", async () => {
    const clock = manualClock();
    const tiered = tieredStore([store("other"), hanging("hung").store], { clock, readTimeout: LIMIT });
    const asked = rejection(read(tiered));
    await clock.advanceAsync(2 * LIMIT);
    expect(await asked).toMatchObject({ code: "STORE_FAILED", errors: [{ store: "hung" }] });
  });

  test("is waited for without an end where that is wanted, but not beyond the signal", async () => {
    const clock = manualClock();
    const tiered = tieredStore([hanging("hung").store], { clock, readTimeout: Number.POSITIVE_INFINITY });
    const asked = rejection(read(tiered));
    await clock.advanceAsync(2 ** 40);
    expect(clock.pending).toBe(1);
    void asked;
  });
});

test("a long list has more time", async () => {
  const clock = manualClock();
  const hung = hanging("hung");
  const tiered = tieredStore([hung.store], { clock, readTimeout: LIMIT });
  const asked = rejection(tiered.has(Array(500).fill(CHECKSUM)));
  await clock.advanceAsync(LIMIT + 4_999);
  expect(hung.reasons).toEqual([]);
  await clock.advanceAsync(1);
  expect(await asked).toMatchObject({ code: "STORE_FAILED" });
});

describe("get of a buffer that is long", () => {
  const slowly = (length: number | undefined) => {
    let give: (bytes: Uint8Array) => void = () => {};
    const bytes = new Promise<Uint8Array>((resolve) => {
      give = resolve;
    });
    return { give: () => give(BYTES), store: store("slow", { get: () => bytes, lengths: async () => [length] }) };
  };

  test("has the time that it takes", async () => {
    const clock = manualClock();
    const one = slowly(16 * 5_000);
    const tiered = tieredStore([one.store], { clock, readTimeout: LIMIT });
    const got = tiered.get(CHECKSUM);
    await clock.advanceAsync(LIMIT + 4_999);
    one.give();
    expect(await got).toEqual(BYTES);
    expect(clock.pending).toBe(0);
  });

  test("and no more", async () => {
    const clock = manualClock();
    const tiered = tieredStore([slowly(16 * 5_000).store], { clock, readTimeout: LIMIT });
    const asked = rejection<SeamlessError>(tiered.get(CHECKSUM));
    await clock.advanceAsync(LIMIT + 5_000);
    expect((await asked).message).toContain(`no answer within ${LIMIT + 5_000} ms`);
    expect(clock.pending).toBe(0);
  });

  test("has no more if the tier says that there is none", async () => {
    const clock = manualClock();
    const tiered = tieredStore([slowly(undefined).store], { clock, readTimeout: LIMIT });
    const asked = rejection<SeamlessError>(tiered.get(CHECKSUM));
    await clock.advanceAsync(LIMIT);
    expect((await asked).message).toContain(`no answer within ${LIMIT} ms`);
  });
});

describe("a stream", () => {
  test("that stops in the middle errors, and its source is told", async () => {
    const clock = manualClock();
    const source = slow((chunk) => (chunk === 5 ? forever : undefined));
    const tiered = tieredStore([source], { clock, readTimeout: LIMIT });
    const body = (await tiered.getStream(CHECKSUM))!;
    const read = rejection<SeamlessError>(collect(streamChunks(body)));
    await turns();
    await clock.advanceAsync(LIMIT);
    const error = await read;
    expect([error.code, error.message]).toEqual(["STORE_FAILED", expect.stringContaining("gave nothing for 1000 ms")]);
    expect(source.state.cancelled).toBeDefined();
    expect(tiered.stats()[0]).toMatchObject({ hits: 1, failures: 1 });
    expect(clock.pending).toBe(0);
  });

  test("that gets on takes as long as it takes, and a reader who pauses is none that hangs", async () => {
    const clock = manualClock();
    const tiered = tieredStore([slow()], { clock, readTimeout: LIMIT });
    const reader = (await tiered.getStream(CHECKSUM))!.getReader();
    let length = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.byteLength;
      await clock.advanceAsync(LIMIT - 1);
    }
    expect(length).toBe(10 * CHUNK);
  });
});

/** In milliseconds: what a tier may take for all of the bytes beside its limit, at 16 bytes each. */
const ALLOWANCE = BYTES.byteLength / 16;

/** A store whose `putStream` hangs before it asks for this chunk, or once it has taken all of them. */
function stuck(name: string, at: number | "end") {
  const reasons: unknown[] = [];
  const one = store(name, {
    async putStream(_, chunks, { signal } = {}) {
      signal?.addEventListener("abort", () => reasons.push(signal.reason));
      const iterator = chunks[Symbol.asyncIterator]();
      for (let taken = 0; taken !== at; taken++) if ((await iterator.next()).done) break;
      await forever;
    },
  });
  return { reasons, store: one };
}

describe("put: a tier that hangs", () => {
  const hung = () => {
    const reasons: unknown[] = [];
    const put: Store["put"] = (_, __, { signal } = {}) => {
      signal?.addEventListener("abort", () => reasons.push(signal.reason));
      return forever;
    };
    return { reasons, store: store("hung", { put }) };
  };

  test("is given up when the time is over that the bytes take, and the others have them", async () => {
    const clock = manualClock();
    const other = store("other");
    const one = hung();
    const tiered = tieredStore([one.store, other], { clock, writeTimeout: LIMIT });
    let over = false;
    const put = rejection<SeamlessError>(tiered.put(CHECKSUM, BYTES)).finally(() => {
      over = true;
    });
    await clock.advanceAsync(LIMIT + ALLOWANCE - 1);
    await turns();
    expect([over, one.reasons]).toEqual([false, []]);
    await clock.advanceAsync(1);
    const error = await put;
    expect(error.code).toBe("STORE_FAILED");
    expect(error.message).toContain(`hung: not done within ${LIMIT + ALLOWANCE} ms; it is in other`);
    expect(one.reasons).toHaveLength(1);
    expect(await other.has([CHECKSUM])).toEqual([true]);
    expect(tiered.stats()).toMatchObject([
      { failures: 1, written: 0 },
      { failures: 0, written: 1 },
    ]);
    expect(clock.pending).toBe(0);
  });

  test("is waited for without an end where that is wanted", async () => {
    const clock = manualClock();
    const tiered = tieredStore([hung().store], { clock, writeTimeout: Number.POSITIVE_INFINITY });
    let over = false;
    void rejection(tiered.put(CHECKSUM, BYTES)).finally(() => {
      over = true;
    });
    await clock.advanceAsync(2 ** 40);
    expect(over).toBe(false);
  });
});

describe("putStream: a tier that hangs", () => {
  test.each([0, 5])("before chunk %s is given up, and the others have all", async (at) => {
    const clock = manualClock();
    const other = store("other");
    const hung = stuck("hung", at);
    const tiered = tieredStore([hung.store, other], { clock, writeTimeout: LIMIT });
    const put = rejection<SeamlessError>(tiered.putStream(CHECKSUM, source()));
    await turns();
    await clock.advanceAsync(LIMIT - 1);
    expect(hung.reasons).toEqual([]);
    await clock.advanceAsync(1);
    expect((await put).message).toContain(`hung: took nothing for ${LIMIT} ms; it is in other`);
    expect(hung.reasons).toHaveLength(1);
    expect(await other.get(CHECKSUM)).toEqual(BYTES);
    expect(clock.pending).toBe(0);
  });

  test("at the end has the time that the bytes take", async () => {
    const clock = manualClock();
    const other = store("other");
    const hung = stuck("hung", "end");
    const tiered = tieredStore([hung.store, other], { clock, writeTimeout: LIMIT });
    const put = rejection<SeamlessError>(tiered.putStream(CHECKSUM, source()));
    await turns();
    await clock.advanceAsync(LIMIT + ALLOWANCE - 1);
    expect(hung.reasons).toEqual([]);
    await clock.advanceAsync(1);
    expect((await put).message).toContain(`hung: not done within ${LIMIT + ALLOWANCE} ms; it is in other`);
    expect(await other.get(CHECKSUM)).toEqual(BYTES);
    expect(clock.pending).toBe(0);
  });

  test("is none that waits for a source, however slow that is", async () => {
    const clock = manualClock();
    const one = store("one");
    const tiered = tieredStore([one], { clock, writeTimeout: LIMIT });
    await tiered.putStream(
      CHECKSUM,
      source(BYTES, () => clock.advanceAsync(10 * LIMIT)),
    );
    expect(await one.get(CHECKSUM)).toEqual(BYTES);
    expect(clock.pending).toBe(0);
  });
});
