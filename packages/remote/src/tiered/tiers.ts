import type { Timers } from "@seamless/internal/timers";
import type { TieredSettings } from "./options.ts";
import { Tier } from "./tier.ts";

/** A tier that gives or takes a buffer more slowly, in bytes for each millisecond, counts as one that hangs. */
export const SLOWEST = 16;

/** The tiers of a store, and what reading and writing them needs to know. */
export class Tiers {
  readonly name: string;
  /** The fastest first. */
  readonly all: readonly Tier[];
  readonly clock: Timers;
  /** In milliseconds. */
  readonly readTimeout: number;
  /** In milliseconds. */
  readonly writeTimeout: number;
  readonly #first: boolean;

  constructor({ stores, name, clock, readTimeout, writeTimeout, write }: TieredSettings) {
    this.name = name;
    this.all = stores.map((store) => new Tier(store));
    this.clock = clock;
    this.readTimeout = readTimeout;
    this.writeTimeout = writeTimeout;
    this.#first = write === "first";
  }

  get writable(): boolean {
    return this.all.some((tier) => tier.writable);
  }

  /** Those that get what is put. */
  targets(): readonly Tier[] {
    const writable = this.all.filter((tier) => tier.writable);
    return this.#first ? writable.slice(0, 1) : writable;
  }
}
