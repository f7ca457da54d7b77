import type { Checksum, SeamlessError } from "@seamless/checksum";
import type { Timers } from "@seamless/internal/timers";
import type { CheckOptions, CheckResult, Store } from "@seamless/store";

/** Which tiers get what is put: every one that is writable, or only the first of them. */
export type WritePolicy = "all" | "first";

export interface TieredStoreOptions {
  /**
   * Which tiers get what is put.
   * @default "all"
   */
  readonly write?: WritePolicy | undefined;
  /**
   * Whether what a slower tier gave is kept in the faster writable ones that lacked it.
   * @default true
   */
  readonly backfill?: boolean | undefined;
  /**
   * For messages.
   * @default the names of the tiers: `tiered(a, b)`
   */
  readonly name?: string | undefined;
  /**
   * How long a tier that is read may give no sign of life, in milliseconds, before it counts as failed and the next one is
   * asked: until it answers `has` and `lengths` (and 10 ms more for each checksum), until a stream begins, and until its next
   * piece. `get` gives no sign: when the time is up, the tier is asked how long the buffer is, and has a millisecond more for
   * every 16 bytes. There is no limit for `check`, which takes as long as it takes to hash.
   * @default 120,000
   */
  readonly readTimeout?: number | undefined;
  /**
   * How long a tier that is written may give no sign of life, in milliseconds, before it counts as failed and the others are
   * written without it: until it asks for the next chunk of a stream, and until it has what is put, or the end of a stream; for
   * that it has a millisecond more for every 16 bytes. A slow source does not count.
   * @default 720,000: longer than a hashserver store waits for somebody else who uploads the same buffer
   */
  readonly writeTimeout?: number | undefined;
  /**
   * How long a back-fill may hold up the reader of a stream before it is given up, in milliseconds.
   * @default 5,000
   */
  readonly stallTimeout?: number | undefined;
  /**
   * How long a back-fill may take for a whole buffer, or go without the next piece of a stream (since nobody reads it
   * any more), before it is given up, in milliseconds.
   * @default 60,000
   */
  readonly backfillTimeout?: number | undefined;
  /**
   * For the time limits; a clock of the tests.
   * @default the clock of the machine
   */
  readonly clock?: Timers | undefined;
}

/** What one tier has done since the start. */
export interface TierStats {
  /** The name of its store. */
  readonly name: string;
  readonly writable: boolean;
  /** Buffers that it gave, whole or as a stream. */
  readonly hits: number;
  /** Buffers that it was asked to give and said to be missing. */
  readonly misses: number;
  /** Calls that it could not answer, wrong bytes included, streams that broke off, and puts that it did not take. */
  readonly failures: number;
  /** The last of those, or of its failed back-fills. */
  readonly lastError: SeamlessError | undefined;
  /** Buffers that it took from `put` and `putStream`. */
  readonly written: number;
  readonly writtenBytes: number;
  /** Buffers that it took from slower tiers. */
  readonly filled: number;
  readonly filledBytes: number;
  /** Back-fills that are waiting or going on. */
  readonly filling: number;
  /** Back-fills that it did not take: it failed, or was too slow. */
  readonly fillFailures: number;
  /**
   * Back-fills that were not made, or not to the end: too much was waiting, the reader or the source gave up, or the tier has
   * refused one for a reason that does not pass (`READ_ONLY`, `ACCESS_DENIED`, `UNSUPPORTED`), and has taken nothing since.
   */
  readonly fillsSkipped: number;
}

/** Several stores as one. */
export interface TieredStore extends Store {
  /** The fastest first. */
  readonly tiers: readonly Store[];
  /** What each tier has done, in the order of `tiers`. */
  stats(): readonly TierStats[];
  /**
   * The best that any tier says of each buffer, since a read passes over those that have it wrong: each tier is asked for what
   * no faster one has right. Of a tier that cannot check, all are `unknown`.
   *
   * @throws {SeamlessError} `STORE_FAILED` if no tier has some of them right, and some tier failed.
   */
  check(checksums: readonly Checksum[], options?: CheckOptions): Promise<CheckResult[]>;
  /**
   * Waits for the back-fills under way, and closes all tiers. A back-fill that still waits for somebody to read a stream
   * is given up, since he may never do it.
   *
   * @throws {SeamlessError} `STORE_FAILED` if tiers did not close; `errors` has one error for each. The others are closed
   * all the same.
   */
  close(): Promise<void>;
}
