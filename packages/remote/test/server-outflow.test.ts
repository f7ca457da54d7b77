import { manualClock } from "@seamless/store";
import { describe, expect, test } from "vitest";
import { Outflow, type Transfer } from "../src/hashserver/node/outflow.ts";

const MIB = 2 ** 20;

/** A client that reads as the test says. */
function reader(): Transfer & { read: number | undefined; isCut: boolean } {
  return {
    read: 0 as number | undefined,
    isCut: false,
    moved() {
      return this.read;
    },
    cut() {
      this.isCut = true;
    },
  };
}

function outflowOf(limit: number) {
  const clock = manualClock();
  const outflow = new Outflow({ limit, clock });
  const begin = (bytes: number) => {
    const transfer = reader();
    const lease = outflow.open(transfer);
    const state = { granted: undefined as boolean | undefined };
    void lease.reserve(bytes).then((granted) => {
      state.granted = granted;
    });
    return { transfer, lease, state };
  };
  const settle = async () => {
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settle();
  };
  return { outflow, begin, settle, pass, clock };
}

describe("memory for answers", () => {
  test("is given until it is spent; then whoever read least for longest is cut off first", async () => {
    const { outflow, begin, settle, pass } = outflowOf(10 * MIB);
    const readers = Array.from({ length: 9 }, () => begin(MIB));
    await settle();
    expect([outflow.used, readers.every(({ state }) => state.granted)]).toEqual([9 * MIB, true]);
    // The tenth that stays for new requests.
    const late = begin(MIB);
    await settle();
    expect([late.state.granted, outflow.used, outflow.cutOff]).toEqual([true, 10 * MIB, 0]);
    // Nobody was watched for long enough to be called slow.
    const waiting = begin(MIB);
    await settle();
    expect(waiting.state.granted).toBe(undefined);
    for (const [i, { transfer }] of readers.entries()) transfer.read = i === 3 ? 10 : i === 5 ? 0 : MIB;
    late.transfer.read = MIB;
    await pass(1000);
    expect(waiting.state.granted).toBe(true);
    // Room for one beside the tenth.
    expect(readers.map(({ transfer }) => transfer.isCut)).toEqual([0, 0, 0, 1, 0, 1, 0, 0, 0].map(Boolean));
    expect([outflow.used, outflow.cutOff]).toEqual([9 * MIB, 2]);
  });

  test("those who get on are not cut off: others wait, in order, and are refused in the end", async () => {
    const { outflow, begin, settle, pass } = outflowOf(4 * MIB);
    const readers = Array.from({ length: 4 }, () => begin(MIB));
    const [first, second, third] = [begin(MIB), begin(MIB), begin(MIB)];
    for (let i = 1; i <= 20; i++) {
      for (const { transfer } of readers) transfer.read = i * MIB;
      await pass(250);
    }
    expect(outflow.cutOff).toBe(0);
    readers[0]!.lease.end();
    await settle();
    expect([first.state.granted, second.state.granted]).toEqual([true, undefined]);
    // Gone while it waits.
    second.lease.end();
    for (let i = 21; i <= 40; i++) {
      for (const { transfer } of [...readers, first]) transfer.read = i * MIB;
      await pass(250);
    }
    expect([second.state.granted, third.state.granted, outflow.cutOff]).toEqual([false, false, 0]);
    for (const { lease } of [...readers, first, third]) lease.end();
    expect(outflow.used).toBe(0);
  });

  test("whoever waits for the store, and not the other way round, is not slow", async () => {
    const { outflow, begin, pass } = outflowOf(2 * MIB);
    const idle = begin(2 * MIB);
    idle.transfer.read = undefined;
    const next = begin(MIB);
    for (let i = 0; i < 8; i++) await pass(1000);
    expect([idle.transfer.isCut, next.state.granted, outflow.cutOff]).toEqual([false, undefined, 0]);
  });

  test("what is in memory already counts, and others make room for it", async () => {
    const { outflow, begin, pass } = outflowOf(10 * MIB);
    const slow = begin(4 * MIB);
    const large = begin(MIB);
    await pass(1000);
    slow.lease.grow(5 * MIB);
    large.transfer.read = MIB;
    large.lease.grow(8 * MIB);
    expect([slow.transfer.isCut, outflow.used]).toEqual([true, 8 * MIB]);
    // It has been cut off, and holds nothing more.
    slow.lease.grow(9 * MIB);
    slow.lease.end();
    expect(outflow.used).toBe(8 * MIB);
    large.lease.end();
    const larger = begin(11 * MIB);
    await pass(0);
    expect([larger.state.granted, outflow.used]).toEqual([true, 11 * MIB]);
  });

  test("is given out in smaller chunks when it becomes scarce", () => {
    const { outflow, begin } = outflowOf(64 * MIB);
    const sizes = new Set<number>();
    for (let i = 0; i < 300 && outflow.used < 57 * MIB; i++) {
      const { chunkSize } = outflow;
      sizes.add(chunkSize);
      begin(2 * chunkSize);
    }
    const all = [...sizes];
    expect(all[0]).toBe(MIB);
    expect(all.at(-1)).toBe(65_536);
    expect(all).toEqual(all.toSorted((a, b) => b - a));
    expect(outflow.cutOff).toBe(0);
  });

  test("reckons with answers that have nothing to send yet", () => {
    const { outflow, begin } = outflowOf(64 * MIB);
    const sizes: number[] = [];
    const begun = Array.from({ length: 300 }, () => {
      sizes.push(outflow.chunkSize);
      return begin(2 * outflow.chunkSize);
    });
    expect([sizes[0], sizes.at(-1), outflow.used < 64 * MIB]).toEqual([MIB, 65_536, true]);
    for (const { lease } of begun) lease.end();
    expect([outflow.chunkSize, outflow.used]).toEqual([MIB, 0]);
  });
});
