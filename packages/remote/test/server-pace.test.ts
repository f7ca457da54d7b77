import { describe, expect, test } from "vitest";
import { Pace } from "../src/hashserver/node/pace.ts";

const MIB = 2 ** 20;

/** Turns of the event loop, as the test has them. */
function paceOf() {
  let due: (() => void)[] = [];
  const pace = new Pace((run) => void due.push(run));
  const turn = async () => {
    const now = due;
    due = [];
    for (const run of now) run();
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  return { pace, turn, isIdle: () => due.length === 0 };
}

describe("what streams send", () => {
  test("at once, if nobody else does", async () => {
    const { pace, turn, isIdle } = paceOf();
    expect(pace.take(MIB)).toBeUndefined();
    await turn();
    expect([pace.take(MIB), isIdle()]).toEqual([undefined, false]);
    await turn();
    expect(isIdle()).toBe(true);
  });

  test("not more than 1 MiB in a turn, whoever asks, in order", async () => {
    const { pace, turn } = paceOf();
    const sent: number[] = [];
    for (let i = 0; i < 100; i++) void Promise.resolve(pace.take(MIB / 16)).then(() => sent.push(i));
    await Promise.resolve();
    const counts: number[] = [];
    for (let i = 0; i < 7; i++) {
      counts.push(sent.length);
      await turn();
    }
    expect(counts).toEqual([16, 32, 48, 64, 80, 96, 100]);
    expect(sent).toEqual(sent.toSorted((a, b) => a - b));
  });

  test("one that asks for more takes several turns", async () => {
    const { pace, turn } = paceOf();
    expect(pace.take(4 * MIB)).toBeUndefined();
    let granted = false;
    void pace.take(MIB)?.then(() => {
      granted = true;
    });
    const seen: boolean[] = [];
    for (let i = 0; i < 4; i++) {
      await turn();
      seen.push(granted);
    }
    expect(seen).toEqual([false, false, false, true]);
  });

  test("not while others come, but not never", async () => {
    const { pace, turn } = paceOf();
    let sent = 0;
    for (let i = 0; i < 10; i++) {
      pace.welcome();
      void Promise.resolve(pace.take(MIB)).then(() => {
        sent += 1;
      });
    }
    const turns: number[] = [];
    for (let i = 0; i < 330; i++) {
      pace.welcome();
      const before = sent;
      await turn();
      if (sent > before) turns.push(i);
    }
    // Every 33rd turn.
    expect(turns).toEqual(Array.from({ length: 10 }, (_, i) => 32 + 33 * i));
  });

  test("a stream asks once for a good deal", async () => {
    const { pace, turn } = paceOf();
    const share = pace.share();
    const other = pace.share();
    await share(65_536);
    let waits = true;
    void Promise.resolve(other(65_536)).then(() => {
      waits = false;
    });
    for (let i = 0; i < 31; i++) await share(65_536);
    expect(waits).toBe(true);
    for (let i = 0; i < 3; i++) await turn();
    expect(waits).toBe(false);
  });
});
