import { nextTurn } from "@seamless/internal/timers";
import { describe, expect, test } from "vitest";
import { countTurns } from "../../../tools/build/turns.ts";
import { Checksum, copyInSlices, hashInSlices, inSlices } from "../src/index.ts";

const MIB = 2 ** 20;
/** Bytes in one turn, at most. */
const TURN = 2 * MIB;

const LENGTHS = [0, 1, TURN - 1, TURN, TURN + 1, 2 * TURN, 5 * TURN + 3];

function numbered(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i >>> 3);
}

describe("bytes of any length", () => {
  test.each(LENGTHS)("%i of them: every one is in one slice, in order", async (length) => {
    let next = 0;
    await inSlices(length, (start, end) => {
      expect(start).toBe(next);
      expect(end - start).toBeLessThanOrEqual(TURN);
      next = end;
    });
    expect(next).toBe(length);
  });

  test.each(LENGTHS)("%i of them: the same checksum, and a copy", async (length) => {
    const bytes = numbered(length);
    expect((await hashInSlices(bytes)).hex()).toBe(Checksum.of(bytes).hex());
    const copy = await copyInSlices(bytes);
    expect(Buffer.compare(copy, bytes)).toBe(0);
    expect(copy.buffer).not.toBe(bytes.buffer);
  });

  test("what is no bytes is refused", async () => {
    await expect(hashInSlices([1] as never)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(copyInSlices("text" as never)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("turns", () => {
  test("others have one for each slice, and no turn has more than one", async () => {
    for (const slices of [8, 32]) {
      const bytes = new Uint8Array(slices * TURN);
      const { turns, hashed, mostHashed } = await countTurns(() => hashInSlices(bytes));
      expect(hashed).toBe(bytes.byteLength);
      expect(mostHashed).toBe(TURN);
      expect(turns).toBeGreaterThanOrEqual(slices - 1);
    }
  });

  test("are shared: fifty at the same time do in one turn what one does", async () => {
    const bytes = new Uint8Array(3 * TURN);
    const { hashed, mostHashed } = await countTurns(() =>
      Promise.all(Array.from({ length: 50 }, () => hashInSlices(bytes))),
    );
    expect(hashed).toBe(50 * bytes.byteLength);
    expect(mostHashed).toBe(TURN);
  });

  test("of many small ones too", async () => {
    let inTurn = 0;
    let most = 0;
    let going = true;
    const tick = () => {
      inTurn = 0;
      if (going) setImmediate(tick);
    };
    setImmediate(tick);
    const one = () =>
      inSlices(300_000, (start, end) => {
        inTurn += end - start;
        most = Math.max(most, inTurn);
      });
    await Promise.all(Array.from({ length: 100 }, one));
    going = false;
    expect(most).toBeLessThanOrEqual(TURN);
    expect(most).toBeGreaterThan(TURN / 2);
  });

  test("a small one is not kept waiting by a large one for longer than a turn or two", async () => {
    let done = 0;
    const large = inSlices(100 * TURN, () => void done++);
    await nextTurn();
    await hashInSlices(new Uint8Array(1000));
    expect(done).toBeLessThan(10);
    await large;
    expect(done).toBe(100);
  });
});

describe("an abort", () => {
  test("before: nothing is done", async () => {
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(inSlices(1, () => expect.unreachable(), { signal })).rejects.toBe(reason);
    await expect(hashInSlices(new Uint8Array(1), { signal })).rejects.toBe(reason);
    await expect(copyInSlices(new Uint8Array(1), { signal })).rejects.toBe(reason);
  });

  test("between two slices: no other one is begun", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let slices = 0;
    const work = inSlices(
      10 * TURN,
      () => {
        if (++slices === 3) controller.abort(reason);
      },
      { signal: controller.signal },
    );
    await expect(work).rejects.toBe(reason);
    expect(slices).toBe(3);
  });
});

test("what a slice throws is what it rejects with, and others go on", async () => {
  const fault = new Error("broken");
  const fail = () => {
    throw fault;
  };
  const results = await Promise.allSettled([inSlices(10 * TURN, fail), hashInSlices(new Uint8Array(10 * TURN))]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});
