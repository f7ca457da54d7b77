import { type BufferLike, type Checksum, type ResolveOptions, SeamlessError } from "@seamless/checksum";
import { onAbort, untilAborted } from "@seamless/internal/abort";
import type { Clock, Store } from "@seamless/store";
import { lengthOf } from "@seamless/store";
import { type CloseOptions, closeLimit } from "./close-limit.ts";
import { Entry } from "./entry.ts";
import { writeFailures } from "./failures.ts";
import { holdProcess } from "./hold-process.ts";
import { type Job, Lane } from "./lane.ts";
import { Ledger } from "./ledger.ts";
import { readOptions, type WriterOptions } from "./options.ts";
import type { WriterCache } from "./ports.ts";
import type { WriterStats } from "./stats.ts";

/** In bytes; what is shorter is hashed at once. */
const LONG = 2 ** 20;

/**
 * Writes referenced buffers to the writable stores, behind the back of whoever made them. What it has accepted is kept
 * in the cache until it is written or given up, and what is given up is named by `flush` and `close`. Each buffer is
 * written once to each store, and hashed again before: one that was changed meanwhile is written nowhere.
 *
 * A store that fails is tried again after a while, one buffer at a time, until its patience is over; after that, when it
 * gets a new buffer, at `flush` and at `close`.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { BackgroundWriter, BufferCache } from "@seamless/cache";
import { memoryStore } from "@seamless/store";
 * const store = memoryStore();
 * const cache = new BufferCache();
 * const writer = new BackgroundWriter({ cache, stores: [store] });
 * const buffer = new Buffer("kept", "text");
 * cache.register(buffer);
 * cache.incref(buffer.getChecksum());
 * await writer.flush();
 * console.log(await store.has([buffer.getChecksum()])); // → [ true ]
 * await writer.close();
 * await cache.close();
 */
export class BackgroundWriter {
  readonly #cache: WriterCache;
  readonly #lanes: readonly Lane[];
  readonly #maxWaiting: number;
  readonly #ledger = new Ledger();
  readonly #unsubscribe: () => void;
  readonly #ready = new Set<() => void>();
  /** What `write` was given and is being hashed: accepted, but not yet known by its checksum. */
  readonly #admitting = new Set<Promise<Entry>>();
  readonly #clock: Clock;
  readonly #stopper = new AbortController();
  #written = 0;
  #writtenBytes = 0;
  #release: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #closed = false;

  /** @throws {SeamlessError} `INVALID_ARGUMENT` for numbers that are none. */
  constructor(options: WriterOptions) {
    const { cache, stores, clock, maxWaiting, ...limits } = readOptions(options);
    const listener = {
      stored: (job: Job, lane: Lane) => this.#stored(job, lane),
      failed: (job: Job, lane: Lane, error: SeamlessError, again: boolean) => this.#failed(job, lane, error, again),
      recovered: (lane: Lane) => this.#recovered(lane),
    };
    this.#cache = cache;
    this.#clock = clock;
    this.#maxWaiting = maxWaiting;
    this.#lanes = stores.filter(({ writable }) => writable).map((store) => new Lane(store, limits, clock, listener));
    this.#unsubscribe = cache.onReferenced((checksum) => void this.accept(checksum));
  }

  /**
   * Queue the buffer of a checksum, unless it is scratch, not in the cache, or known to be written.
   *
   * @returns whether it will be written.
   */
  accept(checksum: Checksum): boolean {
    if (this.#closing !== undefined) return false;
    const known = this.#ledger.find(checksum);
    if (known !== undefined) return this.#ledger.pending.has(checksum.hex());
    const lanes = this.#lanes.filter((lane) => !lane.knows(checksum));
    if (lanes.length === 0 || this.#cache.isScratch(checksum)) return false;
    const buffer = this.#cache.get(checksum);
    if (buffer === undefined) return false;
    this.#begin(new Entry(buffer), lanes);
    return true;
  }

  /**
   * Write a buffer; resolves when all writable stores have it. Aborting stops waiting, not writing.
   *
   * @throws {SeamlessError} `STORE_FAILED` with the reasons in `errors`; `INVALID_STATE` if the writer is closed, no
   * store is writable, or the buffer is held by scratch references alone. The signal's reason.
   */
  async write(buffer: BufferLike, { signal }: ResolveOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw new SeamlessError("INVALID_STATE", "the writer is closed");
    if (this.#lanes.length === 0) throw new SeamlessError("INVALID_STATE", "there is no store that can be written to");
    const isLong = lengthOf(buffer) > LONG;
    const entry = isLong ? await untilAborted(this.#admitLong(buffer), signal) : this.#admit(buffer);
    await this.#settled([entry], signal);
    if (entry.failures.size > 0) throw writeFailures(entry.errors, 0);
  }

  /** A store has shown that it has a buffer: it need not be written there. */
  learn(checksum: Checksum, store: Store): void {
    for (const lane of this.#lanes) if (lane.store === store) lane.learn(checksum);
  }

  /** Resolves when no more than `maxWaiting` bytes wait to be written: for producers that are faster than stores. */
  async ready({ signal }: ResolveOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    if (this.#ledger.pendingBytes <= this.#maxWaiting) return;
    let watcher = () => {};
    const ready = new Promise<void>((resolve) => {
      watcher = resolve;
      this.#ready.add(resolve);
    });
    try {
      await untilAborted(ready, signal);
    } finally {
      this.#ready.delete(watcher);
    }
  }

  /**
   * Wait for all that has been accepted until now. What was given up before is tried once more.
   *
   * @throws {SeamlessError} `STORE_FAILED`: what could not be written, with the reasons in `errors`. The signal's reason.
   */
  async flush({ signal }: ResolveOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    await this.#admitted(signal);
    this.#hurry();
    await this.#settled([...this.#ledger.pending.values()], signal);
    this.#report();
  }

  /**
   * Accept nothing more, flush, and stop. After that every accepted buffer is in all writable stores, or named in the
   * error. When the signal is aborted or the time is over, what has not been written by then is given up and named, with
   * the reason as `cause`; `errors` say what went wrong last before that. Called again, it ends when the first of the
   * limits is reached.
   *
   * @throws {SeamlessError} `STORE_FAILED`, as `flush`; `INVALID_ARGUMENT`.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const limit = closeLimit(options, this.#clock);
    const forget = onAbort(limit.signal, () => this.#stopper.abort(limit.signal.reason));
    try {
      this.#closing ??= this.#close(this.#stopper.signal);
      await this.#closing;
    } finally {
      forget();
      limit.end();
    }
  }

  /** Checksums of accepted buffers that no store has taken yet. */
  unwritten(): readonly Checksum[] {
    return this.#ledger.unwritten();
  }

  stats(): WriterStats {
    const { pending, pendingBytes, lost, incomplete, forgotten } = this.#ledger;
    return {
      waiting: pending.size,
      waitingBytes: pendingBytes,
      inFlight: this.#lanes.reduce((sum, lane) => sum + lane.inFlight, 0),
      inFlightBytes: this.#lanes.reduce((sum, lane) => sum + lane.bytesInFlight, 0),
      written: this.#written,
      writtenBytes: this.#writtenBytes,
      failed: lost.size,
      incomplete: incomplete.size + forgotten,
      failingStores: this.#lanes.filter(({ failing }) => failing).map(({ store }) => store.name),
    };
  }

  async #close(signal: AbortSignal): Promise<void> {
    this.#unsubscribe();
    this.#hurry();
    let cause: unknown;
    try {
      await this.#admitted(signal);
      await this.#settled([...this.#ledger.pending.values()], signal);
    } catch (reason) {
      cause = reason;
    }
    this.#closed = true;
    for (const lane of this.#lanes) lane.stop(cause);
    for (const { checksum } of this.#ledger.lost.values()) this.#cache.markWriting(checksum, false);
    this.#report(cause);
  }

  #admit(buffer: BufferLike): Entry {
    const checksum = buffer.getChecksum();
    this.#cache.register(buffer);
    if (this.#cache.isScratch(checksum)) {
      throw new SeamlessError("INVALID_STATE", `${checksum.hex()} is scratch, which is never written`, { checksum });
    }
    const entry = this.#ledger.find(checksum) ?? new Entry(buffer);
    if (!this.#ledger.pending.has(checksum.hex())) {
      entry.buffer ??= buffer;
      if (entry.failures.size === 0) this.#begin(entry, this.#lanes);
      else this.#again(entry);
    }
    return entry;
  }

  /** The same after hashing, in slices between which others run. */
  async #admitLong(buffer: BufferLike): Promise<Entry> {
    const admitting = (async () => {
      await buffer.computeChecksum?.();
      if (this.#closed) throw new SeamlessError("INVALID_STATE", "the writer was closed before the buffer was hashed");
      return this.#admit(buffer);
    })();
    this.#admitting.add(admitting);
    try {
      return await admitting;
    } finally {
      this.#admitting.delete(admitting);
    }
  }

  /** Wait for what is being hashed now. */
  async #admitted(signal: AbortSignal | undefined): Promise<void> {
    if (this.#admitting.size > 0) await untilAborted(Promise.allSettled(this.#admitting), signal);
  }

  #report(cause?: unknown): void {
    const errors = this.#ledger.errors();
    const { forgotten } = this.#ledger;
    this.#ledger.forgotten = 0;
    if (errors.length > 0 || forgotten > 0) throw writeFailures(errors, forgotten, cause);
  }

  #begin(entry: Entry, lanes: readonly Lane[], once = false): void {
    const { checksum, buffer, length } = entry;
    if (buffer === undefined) return;
    this.#release ??= holdProcess();
    this.#ledger.begin(entry);
    this.#cache.markWriting(checksum, true);
    for (const lane of lanes) {
      entry.waiting.add(lane);
      entry.failures.delete(lane);
    }
    for (const lane of lanes) lane.add({ checksum, buffer, length }, once);
  }

  /** Try once more where it failed, if the buffer is still there. */
  #again(entry: Entry, lanes: readonly Lane[] = [...entry.failures.keys()]): void {
    entry.buffer ??= this.#cache.get(entry.checksum);
    this.#begin(entry, lanes, true);
  }

  #hurry(): void {
    for (const entry of this.#ledger.failed()) this.#again(entry);
    for (const lane of this.#lanes) lane.hurry();
  }

  #stored({ checksum, length }: Job, lane: Lane): void {
    this.#written++;
    this.#writtenBytes += length;
    this.#cache.markStored(checksum, lane.store.costClass, length);
    const entry = this.#ledger.pending.get(checksum.hex());
    if (entry === undefined) return;
    entry.stored++;
    this.#answered(entry, lane);
  }

  #failed({ checksum }: Job, lane: Lane, error: SeamlessError, again: boolean): void {
    const entry = this.#ledger.pending.get(checksum.hex());
    if (entry === undefined) return;
    entry.failures.set(lane, { error, again });
    this.#answered(entry, lane);
  }

  #recovered(lane: Lane): void {
    const failed = this.#ledger.failed().filter(({ failures }) => failures.get(lane)?.again === true);
    for (const entry of failed) this.#again(entry, [lane]);
  }

  #answered(entry: Entry, lane: Lane): void {
    entry.waiting.delete(lane);
    if (entry.waiting.size > 0) return;
    this.#ledger.end(entry);
    if (entry.stored > 0 || entry.failures.size === 0) {
      this.#cache.markWriting(entry.checksum, false);
      entry.buffer = undefined;
    }
    if (this.#ledger.pending.size === 0) {
      this.#release?.();
      this.#release = undefined;
    }
    if (this.#ledger.pendingBytes <= this.#maxWaiting) for (const watcher of this.#ready) watcher();
    entry.settle();
  }

  /** Wait until all stores have answered for all of them, also for those that are tried again meanwhile. */
  async #settled(entries: readonly Entry[], signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const left = new Set(entries.filter(({ waiting }) => waiting.size > 0));
      if (left.size === 0) return;
      await allSettled(left, signal);
    }
  }
}

async function allSettled(left: Set<Entry>, signal: AbortSignal | undefined): Promise<void> {
  const watchers = new Map<Entry, () => void>();
  const settled = new Promise<void>((resolve) => {
    for (const entry of left) {
      const watcher = () => {
        if (left.delete(entry) && left.size === 0) resolve();
      };
      watchers.set(entry, watcher);
      entry.watch(watcher);
    }
  });
  try {
    await untilAborted(settled, signal);
  } finally {
    for (const [entry, watcher] of watchers) entry.unwatch(watcher);
  }
}
