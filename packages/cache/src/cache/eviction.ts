import { MinHeap } from "../cost/heap.ts";
import { GIGABYTE } from "../cost/model.ts";
import type { Entry } from "./entry.ts";
import { interestAfter } from "./fade.ts";
import type { Halves } from "./halves.ts";

/** In units: stands for the infinite cost of an only copy, so that interest still counts between two of them. */
const ONLY_COPY = 1e200;

/**
 * Evict in ascending loss per GB until no more than `target` bytes are strong, or nothing is left that may be evicted.
 * Takes O(n + k log n) for k of n that may be.
 *
 * @param now - In milliseconds of the clock.
 * @param evict - Makes one weak.
 */
export function trim(
  halves: Halves,
  target: number,
  now: number,
  referenceInterest: number,
  evict: (entry: Entry) => void,
): void {
  if (halves.strong.bytes <= target || halves.evictableBytes === 0) return;
  // An empty buffer takes no room, so that losing it gains none.
  const entries = halves.evictable.filter(({ length }) => length > 0);
  const heap = new MinHeap(
    entries.map((entry) => lossPerGigabyte(entry, now, referenceInterest)),
    entries,
  );
  while (halves.strong.bytes > target && heap.size > 0) {
    const entry = heap.pop()!;
    // Someone who heard of another eviction may have taken it out, or made it dear.
    if (entry.slot !== -1) evict(entry);
  }
}

/**
 * What is lost by evicting: cost × interest, per GB that is gained.
 *
 * @param now - In milliseconds of the clock.
 */
function lossPerGigabyte(entry: Entry, now: number, referenceInterest: number): number {
  const { tempref } = entry;
  const fading = tempref === undefined ? 0 : interestAfter(tempref.fade, now - tempref.since);
  const interest = (entry.counted + entry.scratch) * referenceInterest + fading;
  return (Math.min(entry.cost, ONLY_COPY) * interest * GIGABYTE) / entry.length;
}
