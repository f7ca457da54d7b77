import type { AbortOptions, BufferLike, Checksum } from "@seamless/checksum";
import { backoff } from "@seamless/internal/timers";
import { type Clock, type CostClass, type Store, systemClock } from "@seamless/store";
import { checks } from "../errors.ts";
import type { QueueLimits } from "./store-queue.ts";

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

/** What a writer writes from and to, and its limits. */
export interface WriterOptions extends BackoffOptions {
  readonly cache: WriterCache;
  /** Those that are writable get every buffer; the others are ignored. */
  readonly stores: readonly Store[];
  /** @default the clock of the machine */
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
export interface WriterSettings extends QueueLimits {
  readonly cache: WriterCache;
  readonly stores: readonly Store[];
  readonly clock: Clock;
  readonly maxWaiting: number;
}

/** @throws {SeamlessError} `INVALID_ARGUMENT` for wrong options. */
export function readOptions(options: WriterOptions): WriterSettings {
  const { firstDelay = 200, maxDelay = 30_000, random = Math.random } = options;
  return {
    cache: options.cache,
    stores: options.stores,
    clock: options.clock ?? systemClock,
    concurrency: checks.positive("concurrency", options.concurrency ?? 8),
    bytesInFlight: checks.positive("bytesInFlight", options.bytesInFlight ?? 2 ** 26),
    maxWaiting: checks.notNegative("maxWaiting", options.maxWaiting ?? 2 ** 28),
    timeout: checks.positiveDuration("timeout", options.timeout ?? 600_000),
    patience: checks.duration("patience", options.patience ?? 300_000),
    delay: backoff(checks.positive("firstDelay", firstDelay), checks.positiveDuration("maxDelay", maxDelay), random),
  };
}

/** How long closing may take. */
export interface CloseOptions extends AbortOptions {
  /**
   * How long stores may take, in milliseconds, before what they have not taken is given up and named; `Infinity` for as
   * long as they need.
   * @default 30,000; `Infinity` with a signal
   */
  readonly timeout?: number | undefined;
}

/** What the writer needs of a cache; `BufferCache` is one. */
export interface WriterCache {
  get(checksum: Checksum): BufferLike | undefined;
  register(buffer: BufferLike): void;
  /** Whether the buffer is held by scratch references alone. */
  isScratch(checksum: Checksum): boolean;
  /** Whether a buffer waits to be written: it is not evicted while it does. */
  markWriting(checksum: Checksum, writing: boolean): void;
  /** A store is known to hold the buffer. */
  markStored(checksum: Checksum, costClass: CostClass, length: number): void;
  /**
   * Calls a listener with every checksum that is registered and has a reference that is not scratch.
   *
   * @returns what ends the subscription.
   */
  onReferenced(listener: (checksum: Checksum) => void): () => void;
}

/** What a writer is doing. */
export interface WriterStats {
  /** Buffers that were accepted and are not in all stores yet; those on their way included. */
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Writes that are going on, over all stores. */
  readonly inFlight: number;
  readonly inFlightBytes: number;
  /** Writes that stores have taken since the start. */
  readonly written: number;
  readonly writtenBytes: number;
  /** Buffers that were given up and are in no store. */
  readonly failed: number;
  /** Buffers that are in one store, but that another one was given up for. */
  readonly incomplete: number;
  /** Names of the stores whose last attempt failed. */
  readonly failingStores: readonly string[];
}
