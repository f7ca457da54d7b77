import { backoff } from "@seamless/internal/backoff";
import type { Store } from "@seamless/store";
import { type Clock, systemClock } from "@seamless/store";
import { duration, notNegative, positive, positiveDuration } from "../cache/check.ts";
import type { LaneLimits } from "./lane.ts";
import type { WriterCache } from "./ports.ts";

/** How long to wait before trying again. */
export interface BackoffOptions {
  /**
   * Before the second attempt, in milliseconds; doubled at each one after.
   * @default 200
   */
  readonly firstDelay?: number | undefined;
  /**
   * The longest wait, in milliseconds.
   * @default 30,000
   */
  readonly maxDelay?: number | undefined;
  /**
   * From 0 up to 1, evenly: spreads the attempts of many writers, so that a store that comes back is not met by all of
   * them at once.
   * @default Math.random
   */
  readonly random?: (() => number) | undefined;
}

export interface WriterOptions extends BackoffOptions {
  readonly cache: WriterCache;
  /** Those that are writable get every buffer; the others are ignored. */
  readonly stores: readonly Store[];
  /** @default the clock of the system */
  readonly clock?: Clock | undefined;
  /**
   * Writes to one store at a time.
   * @default 8
   */
  readonly concurrency?: number | undefined;
  /**
   * Bytes on their way to one store at a time; a larger buffer goes alone.
   * @default 67,108,864
   */
  readonly bytesInFlight?: number | undefined;
  /**
   * Bytes that may wait to be written before `ready()` makes producers wait.
   * @default 268,435,456
   */
  readonly maxWaiting?: number | undefined;
  /**
   * For one attempt to write one buffer to one store, in milliseconds; `Infinity` for no limit.
   * @default 600,000
   */
  readonly timeout?: number | undefined;
  /**
   * How long a buffer is tried again from its first failure on, and a store, in milliseconds; `Infinity` for ever.
   * @default 300,000
   */
  readonly patience?: number | undefined;
}

/** The options, checked and complete. */
export interface WriterSettings extends LaneLimits {
  readonly cache: WriterCache;
  readonly stores: readonly Store[];
  readonly clock: Clock;
  readonly maxWaiting: number;
}

/** @throws {SeamlessError} `INVALID_ARGUMENT` for numbers that are none. */
export function readOptions(options: WriterOptions): WriterSettings {
  const { firstDelay = 200, maxDelay = 30_000, random = Math.random } = options;
  return {
    cache: options.cache,
    stores: options.stores,
    clock: options.clock ?? systemClock,
    concurrency: positive("concurrency", options.concurrency ?? 8),
    bytesInFlight: positive("bytesInFlight", options.bytesInFlight ?? 2 ** 26),
    maxWaiting: notNegative("maxWaiting", options.maxWaiting ?? 2 ** 28),
    timeout: positiveDuration("timeout", options.timeout ?? 600_000),
    patience: duration("patience", options.patience ?? 300_000),
    delay: backoff(positive("firstDelay", firstDelay), positiveDuration("maxDelay", maxDelay), random),
  };
}
