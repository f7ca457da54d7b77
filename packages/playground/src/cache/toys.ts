import { defaultCosts } from "@seamless/cache";
import type { CostClass } from "@seamless/store";

/** In bytes: what sizes and caps are given in. */
export const MEGABYTE = 1e6;

/** From where a buffer can be had again; undefined for an only copy. */
export type Origin = { readonly store: CostClass } | { readonly cpuSeconds: number } | undefined;

/** A buffer to play with: the cache is told its length, and there are no such bytes. */
export interface Toy {
  readonly name: string;
  /** In MB. */
  readonly size: number;
  readonly origin: Origin;
}

/** In the order in which they are added. */
export const TOYS: readonly Toy[] = [
  { name: "A", size: 80, origin: { store: "folder" } },
  { name: "B", size: 60, origin: { store: "remote" } },
  { name: "C", size: 120, origin: { cpuSeconds: 30 } },
  { name: "D", size: 40, origin: undefined },
  { name: "E", size: 90, origin: { store: "local" } },
  { name: "F", size: 50, origin: { cpuSeconds: 600 } },
  { name: "G", size: 110, origin: { store: "folder" } },
  { name: "H", size: 30, origin: { store: "remote" } },
  { name: "I", size: 70, origin: undefined },
  { name: "J", size: 100, origin: { cpuSeconds: 2 } },
];

/** What it costs to get a buffer back, in the units of the cache's own cost model; infinite for an only copy. */
export function costOf({ size, origin }: Toy): number {
  if (origin === undefined) return Infinity;
  return "store" in origin
    ? defaultCosts.fetch(origin.store, size * MEGABYTE)
    : defaultCosts.recompute(origin.cpuSeconds);
}
