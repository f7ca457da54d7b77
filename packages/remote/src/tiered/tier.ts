import { type Checksum, type ErrorCode, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { untilAborted } from "@seamless/internal/abort";
import { oneLine } from "@seamless/internal/text";
import type { Timers } from "@seamless/internal/timers";
import { type Store, streamChunks, verifiedChunks } from "@seamless/store";

/** Which tiers get what is put: every one that is writable, or only the first of them. */
export type WritePolicy = "all" | "first";

/** Gives the chunks of a buffer to a store. */
export type WriteChunks = (store: Store, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<void>;

/** The options, checked and complete. */
export interface TieredSettings {
  readonly stores: readonly Store[];
  readonly write: WritePolicy;
  readonly backfill: boolean;
  readonly name: string;
  readonly readTimeout: number;
  readonly writeTimeout: number;
  readonly stallTimeout: number;
  readonly backfillTimeout: number;
  readonly clock: Timers;
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

/** How many wrong buffers of a tier are remembered; one takes about 0.1 kB. */
const SUSPECTS = 1000;

/** Refusals of a tier, and not of a buffer, that another attempt would only repeat. */
const LASTING: ReadonlySet<ErrorCode> = new Set(["ACCESS_DENIED", "READ_ONLY", "UNSUPPORTED"]);

/** One store of several: what it did, and which of its buffers were wrong. */
export class Tier {
  readonly store: Store;
  readonly #counts = {
    hits: 0,
    misses: 0,
    failures: 0,
    written: 0,
    writtenBytes: 0,
    filled: 0,
    filledBytes: 0,
    fillFailures: 0,
    fillsSkipped: 0,
  };
  #lastError: SeamlessError | undefined;
  /** Hex of the buffers that are being back-filled. */
  readonly #filling = new Set<string>();
  readonly #suspects = new Set<string>();
  /** Has a back-fill failed for a reason that another would only meet again? */
  #lastingFailure = false;

  constructor(store: Store) {
    this.store = store;
  }

  get name(): string {
    return this.store.name;
  }

  get writable(): boolean {
    return this.store.writable;
  }

  stats(): TierStats {
    const { name, writable } = this;
    return { name, writable, ...this.#counts, filling: this.#filling.size, lastError: this.#lastError };
  }

  hit(): void {
    this.#counts.hits++;
  }

  missed(): void {
    this.#counts.misses++;
  }

  /** Counts that it could not do what a caller wanted, and makes the error. */
  failureError(what: string, cause: unknown, checksum?: Checksum): SeamlessError {
    this.#counts.failures++;
    this.#lastError = tierError(this.name, what, cause, checksum);
    return this.#lastError;
  }

  /** The same for a buffer that it could not give, or gave other bytes of. */
  getError(checksum: Checksum, cause: unknown): SeamlessError {
    if (isWrongBytes(cause)) this.#suspect(checksum);
    return this.failureError(`get ${checksum.hex()}`, cause, checksum);
  }

  /** @param length - In bytes. */
  wrote(length: number): void {
    this.#counts.written++;
    this.#counts.writtenBytes += length;
    this.#lastingFailure = false;
  }

  /** @param length - In bytes. */
  filled(length: number): void {
    this.#counts.filled++;
    this.#counts.filledBytes += length;
  }

  /** May it take a buffer from a slower tier? A successful `put` allows it again. */
  get fillable(): boolean {
    return !this.#lastingFailure;
  }

  fillFailed(checksum: Checksum, cause: unknown): void {
    this.#counts.fillFailures++;
    if (isSeamlessError(cause) && LASTING.has(cause.code)) this.#lastingFailure = true;
    this.#lastError = tierError(this.name, `take ${checksum.hex()} from a slower tier`, cause, checksum);
  }

  fillSkipped(): void {
    this.#counts.fillsSkipped++;
  }

  isFilling(checksum: Checksum): boolean {
    return this.#filling.has(checksum.hex());
  }

  /** @returns a function to call when the back-fill is over. */
  startFilling(checksum: Checksum): () => void {
    this.#filling.add(checksum.hex());
    return () => void this.#filling.delete(checksum.hex());
  }

  /** Did it have other bytes under this checksum, and has not been seen with the right ones since? */
  suspects(checksum: Checksum): boolean {
    return this.#suspects.has(checksum.hex());
  }

  /** It gave the right bytes. */
  trust(checksum: Checksum): void {
    this.#suspects.delete(checksum.hex());
  }

  #suspect(checksum: Checksum): void {
    this.#suspects.add(checksum.hex());
    const [oldest] = this.#suspects;
    if (this.#suspects.size > SUSPECTS && oldest !== undefined) this.#suspects.delete(oldest);
  }

  /**
   * Read again what it had wrong before and has now taken: a store may say of wrong bytes that they are there already.
   *
   * @throws what reading throws; `STORE_FAILED` if it is missing.
   */
  async recheck(checksum: Checksum, signal: AbortSignal): Promise<void> {
    if (!this.suspects(checksum)) return;
    const { name: store } = this;
    const body = await untilAborted(this.store.getStream(checksum, { signal }), signal);
    if (body === undefined) throw new SeamlessError("STORE_FAILED", "it does not have what it took", { store });
    for await (const _ of verifiedChunks(checksum, streamChunks(body), { signal, store, copy: false }));
    this.trust(checksum);
  }
}

/** How deep to look for the cause of an error, which may lead in a circle. */
const DEPTH = 8;

/**
 * A tier that could not do something.
 *
 * @param what - What it was doing: `get abc…`.
 */
export function tierError(store: string, what: string, cause: unknown, checksum?: Checksum): SeamlessError {
  return new SeamlessError("STORE_FAILED", `${store} failed to ${what}: ${oneLine(cause)}`, { checksum, store, cause });
}

/** What the failures of several tiers come to. */
export interface Summary {
  /** Name of the tiered store. */
  readonly store: string;
  /** What it was doing: `get abc…`. */
  readonly what: string;
  /** One for each tier that failed. */
  readonly errors: readonly SeamlessError[];
  /** What became of the other tiers. */
  readonly others?: string | undefined;
  readonly checksum?: Checksum | undefined;
  readonly cause?: unknown;
}

/** The failures of tiers in one error. */
export function tierErrors({ store, what, errors, others, checksum, cause }: Summary): SeamlessError {
  const lines = errors.map((error) => `${error.store}: ${oneLine(error.cause)}`);
  if (others !== undefined) lines.push(others);
  const message = `${store} failed to ${what}: ${lines.join("; ")}`;
  return new SeamlessError("STORE_FAILED", message, { checksum, store, errors, cause });
}

/** What became of the other tiers, where those that did not fail all say that they lack something. */
export function noOtherHasIt(all: readonly unknown[], errors: readonly SeamlessError[]): string | undefined {
  return errors.length < all.length ? "no other tier has it" : undefined;
}

/** Did something fail because of bytes that do not have their checksum? */
function isWrongBytes(error: unknown, depth = DEPTH): boolean {
  if (depth === 0 || !isSeamlessError(error)) return false;
  if (error.code === "CHECKSUM_MISMATCH") return true;
  return [error.cause, ...(error.errors ?? [])].some((inner) => isWrongBytes(inner, depth - 1));
}
