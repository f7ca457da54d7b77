import { type Checksum, type ErrorCode, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { untilAborted } from "@seamless/internal/abort";
import { type Store, streamChunks, verifiedChunks } from "@seamless/store";
import { isWrongBytes, tierFailure } from "./failures.ts";
import type { TierStats } from "./types.ts";

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
  /** Has it refused a back-fill, and another would only be refused again? */
  #refuses = false;

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

  /** It could not do what a caller wanted. */
  failed(what: string, cause: unknown, checksum?: Checksum): SeamlessError {
    this.#counts.failures++;
    this.#lastError = tierFailure(this.name, what, cause, checksum);
    return this.#lastError;
  }

  /** It could not give a buffer, or gave other bytes. */
  failedToGive(checksum: Checksum, cause: unknown): SeamlessError {
    if (isWrongBytes(cause)) this.#suspect(checksum);
    return this.failed(`get ${checksum.hex()}`, cause, checksum);
  }

  /** @param length - In bytes. */
  wrote(length: number): void {
    this.#counts.written++;
    this.#counts.writtenBytes += length;
    this.#refuses = false;
  }

  /** @param length - In bytes. */
  filled(length: number): void {
    this.#counts.filled++;
    this.#counts.filledBytes += length;
  }

  /** May it take a buffer from a slower tier? Whoever puts one finds out whether it takes some again. */
  get fillable(): boolean {
    return !this.#refuses;
  }

  fillFailed(checksum: Checksum, cause: unknown): void {
    this.#counts.fillFailures++;
    if (isSeamlessError(cause) && LASTING.has(cause.code)) this.#refuses = true;
    this.#lastError = tierFailure(this.name, `take ${checksum.hex()} from a slower tier`, cause, checksum);
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
