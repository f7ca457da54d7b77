import type { CostClass } from "@seamless/store";

/** In bytes: costs are per 10⁹ bytes, not per 2³⁰. */
export const GIGABYTE = 1e9;

/**
 * What it costs to lose a buffer, in any units: only their order and ratios count. The cache
 * weighs it by interest and length (`lossPerGigabyte`). Costs are never negative, and must not depend on anything but the
 * arguments.
 */
export interface CostModel {
  /**
   * The cost of getting a buffer back from a store.
   *
   * @param costClass - How far away the store is.
   * @param bytes - Length of the buffer.
   */
  fetch(costClass: CostClass, bytes: number): number;
  /**
   * The cost of computing a buffer again, once its inputs are there.
   *
   * @param cpuSeconds - `undefined` if it was not measured; 0 for a conversion.
   */
  recompute(cpuSeconds: number | undefined): number;
}

interface Rate {
  /** In units per 10⁹ bytes. */
  readonly perGigabyte: number;
  /** However small the buffer is, in units. */
  readonly atLeast: number;
}

const RATES: Readonly<Record<CostClass, Rate>> = {
  folder: { perGigabyte: 1, atLeast: 0 },
  local: { perGigabyte: 10, atLeast: 0.001 },
  remote: { perGigabyte: 100, atLeast: 0.01 },
};

const PER_CPU_SECOND = 0.1;
/** In seconds: what is assumed of a computation that was not timed. */
const UNKNOWN_CPU_SECONDS = 3600;

export const COST_CLASSES = Object.keys(RATES) as readonly CostClass[];

/** The usual costs: 1, 10 or 100 units per GB by the distance of the store, 0.1 units per CPU second. */
export const defaultCosts: CostModel = {
  fetch(costClass, bytes) {
    const { perGigabyte, atLeast } = RATES[costClass];
    return Math.max(atLeast, (perGigabyte * bytes) / GIGABYTE);
  },
  recompute: (cpuSeconds = UNKNOWN_CPU_SECONDS) => PER_CPU_SECOND * cpuSeconds,
};
