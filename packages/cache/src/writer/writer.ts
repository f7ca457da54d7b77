import { type AbortOptions, type BufferLike, type Checksum, SeamlessError } from "@seamless/checksum";
import { onAbort, untilAborted } from "@seamless/internal/abort";
import { closeLimit } from "@seamless/internal/close-limit";
import { LONGEST_TIMEOUT, longInterval } from "@seamless/internal/timers";
import { type Clock, lengthOf, type Store } from "@seamless/store";
import { closeError, writeErrors } from "../errors.ts";
import { type CloseOptions, readOptions, type WriterCache, type WriterOptions, type WriterStats } from "./options.ts";
import { PendingWrite, PendingWrites } from "./pending-writes.ts";
import { type Job, StoreQueue } from "./store-queue.ts";

/** In bytes; what is shorter is hashed at once. */
const LONG = 2 ** 20;

/**
 * Writes referenced buffers to the writable stores, in the background. What it has accepted is kept
 * in the cache until it is written or given up, and what is given up is named by `flush` and `close`. Each buffer is
 * written once to each store, and hashed again before: one that was changed meanwhile is written nowhere.
 *
 * A store that fails is tried again after a while, one buffer at a time, until its patience is over; after that, when it
 * gets a new buffer, at `flush` and at `close`.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { BackgroundWriter, BufferCache } from "@seamless/cache";
 * import { memoryStore } from "@seamless/store";
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
  readonly #queues: readonly StoreQueue[];
  readonly #maxWaiting: number;
  readonly #writes = new PendingWrites();
  readonly #unsubscribe: () => void;
  readonly #ready = new Set<() => void>();
  /** What `write` was given and is being hashed: accepted, but not yet known by its checksum. */
  readonly #admitting = new Set<Promise<PendingWrite>>();
  readonly #clock: Clock;
  readonly #stopper = new AbortController();
  #written = 0;
  #writtenBytes = 0;
  #release: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #closed = false;

  /** @throws {SeamlessError} `INVALID_ARGUMENT` for wrong options. */
  constructor(options: WriterOptions) {
    const { cache, stores, clock, maxWaiting, ...limits } = readOptions(options);
    const listener = {
      stored: (job: Job, queue: StoreQueue) => this.#stored(job, queue),
      failed: (job: Job, queue: StoreQueue, error: SeamlessError, again: boolean) =>
        this.#failed(job, queue, error, again),
      recovered: (queue: StoreQueue) => this.#recovered(queue),
    };
    this.#cache = cache;
    this.#clock = clock;
    this.#maxWaiting = maxWaiting;
    this.#queues = stores
      .filter(({ writable }) => writable)
      .map((store) => new StoreQueue(store, limits, clock, listener));
    this.#unsubscribe = cache.onReferenced((checksum) => void this.accept(checksum));
  }

  /**
   * Queue the buffer of a checksum, unless it is scratch, not in the cache, or known to be written.
   *
   * @returns whether it will be written.
   */
  accept(checksum: Checksum): boolean {
    if (this.#closing !== undefined) return false;
    const known = this.#writes.find(checksum);
    if (known !== undefined) return this.#writes.underWay.has(checksum.hex());
    const queues = this.#queues.filter((queue) => !queue.knows(checksum));
    if (queues.length === 0 || this.#cache.isScratch(checksum)) return false;
    const buffer = this.#cache.get(checksum);
    if (buffer === undefined) return false;
    this.#begin(new PendingWrite(buffer), queues);
    return true;
  }

  /**
   * Write a buffer; resolves when all writable stores have it. Aborting stops waiting, not writing.
   *
   * @throws {SeamlessError} `STORE_FAILED` with the reasons in `errors`; `INVALID_STATE` if the writer is closed, no
   * store is writable, or the buffer is held by scratch references alone. The signal's reason.
   */
  async write(buffer: BufferLike, { signal }: AbortOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw new SeamlessError("INVALID_STATE", "the writer is closed");
    if (this.#queues.length === 0) throw new SeamlessError("INVALID_STATE", "there is no store that can be written to");
    const isLong = lengthOf(buffer) > LONG;
    const write = isLong ? await untilAborted(this.#admitLong(buffer), signal) : this.#admit(buffer);
    await this.#settled([write], signal);
    if (write.failures.size > 0) throw writeErrors(write.errors, 0);
  }

  /** A store has shown that it has a buffer: it need not be written there. */
  learn(checksum: Checksum, store: Store): void {
    for (const queue of this.#queues) if (queue.store === store) queue.learn(checksum);
  }

  /** Resolves when no more than `maxWaiting` bytes wait to be written: for producers that are faster than stores. */
  async ready({ signal }: AbortOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    if (this.#writes.underWayBytes <= this.#maxWaiting) return;
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
  async flush({ signal }: AbortOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    await this.#admitted(signal);
    this.#hurry();
    await this.#settled([...this.#writes.underWay.values()], signal);
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
    const limit = closeLimit(options, this.#clock, closeError);
    const forget = onAbort(limit.signal, () => this.#stopper.abort(limit.signal.reason));
    try {
      this.#closing ??= this.#close(this.#stopper.signal);
      await this.#closing;
    } finally {
      forget();
      limit.end();
    }
  }

  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Checksums of accepted buffers that no store has taken yet. */
  unwritten(): readonly Checksum[] {
    return this.#writes.unwritten();
  }

  stats(): WriterStats {
    const { underWay, underWayBytes, lost, incomplete, forgotten } = this.#writes;
    return {
      waiting: underWay.size,
      waitingBytes: underWayBytes,
      inFlight: this.#queues.reduce((sum, queue) => sum + queue.inFlight, 0),
      inFlightBytes: this.#queues.reduce((sum, queue) => sum + queue.bytesInFlight, 0),
      written: this.#written,
      writtenBytes: this.#writtenBytes,
      failed: lost.size,
      incomplete: incomplete.size + forgotten,
      failingStores: this.#queues.filter(({ failing }) => failing).map(({ store }) => store.name),
    };
  }

  async #close(signal: AbortSignal): Promise<void> {
    this.#unsubscribe();
    this.#hurry();
    let cause: unknown;
    try {
      await this.#admitted(signal);
      await this.#settled([...this.#writes.underWay.values()], signal);
    } catch (reason) {
      cause = reason;
    }
    this.#closed = true;
    for (const queue of this.#queues) queue.stop(cause);
    for (const { checksum } of this.#writes.lost.values()) this.#cache.markWriting(checksum, false);
    this.#report(cause);
  }

  #admit(buffer: BufferLike): PendingWrite {
    const checksum = buffer.getChecksum();
    this.#cache.register(buffer);
    if (this.#cache.isScratch(checksum)) {
      throw new SeamlessError("INVALID_STATE", `${checksum.hex()} is scratch, which is never written`, { checksum });
    }
    const write = this.#writes.find(checksum) ?? new PendingWrite(buffer);
    if (!this.#writes.underWay.has(checksum.hex())) {
      write.buffer ??= buffer;
      if (write.failures.size === 0) this.#begin(write, this.#queues);
      else this.#again(write);
    }
    return write;
  }

  /** The same after hashing, in slices between which others run. */
  async #admitLong(buffer: BufferLike): Promise<PendingWrite> {
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
    const errors = this.#writes.errors();
    const { forgotten } = this.#writes;
    this.#writes.forgotten = 0;
    if (errors.length > 0 || forgotten > 0) throw writeErrors(errors, forgotten, cause);
  }

  #begin(write: PendingWrite, queues: readonly StoreQueue[], once = false): void {
    const { checksum, buffer, length } = write;
    if (buffer === undefined) return;
    // The clock does not keep the process alive, which would lose what waits for another attempt if it ended.
    this.#release ??= longInterval(() => {}, LONGEST_TIMEOUT, false);
    this.#writes.begin(write);
    this.#cache.markWriting(checksum, true);
    for (const queue of queues) {
      write.waiting.add(queue);
      write.failures.delete(queue);
    }
    for (const queue of queues) queue.add({ checksum, buffer, length }, once);
  }

  /** Try once more where it failed, if the buffer is still there. */
  #again(write: PendingWrite, queues: readonly StoreQueue[] = [...write.failures.keys()]): void {
    write.buffer ??= this.#cache.get(write.checksum);
    this.#begin(write, queues, true);
  }

  #hurry(): void {
    for (const write of this.#writes.failed()) this.#again(write);
    for (const queue of this.#queues) queue.hurry();
  }

  #stored({ checksum, length }: Job, queue: StoreQueue): void {
    this.#written++;
    this.#writtenBytes += length;
    this.#cache.markStored(checksum, queue.store.costClass, length);
    const write = this.#writes.underWay.get(checksum.hex());
    if (write === undefined) return;
    write.stored++;
    this.#answered(write, queue);
  }

  #failed({ checksum }: Job, queue: StoreQueue, error: SeamlessError, again: boolean): void {
    const write = this.#writes.underWay.get(checksum.hex());
    if (write === undefined) return;
    write.failures.set(queue, { error, again });
    this.#answered(write, queue);
  }

  #recovered(queue: StoreQueue): void {
    const failed = this.#writes.failed().filter(({ failures }) => failures.get(queue)?.again === true);
    for (const write of failed) this.#again(write, [queue]);
  }

  #answered(write: PendingWrite, queue: StoreQueue): void {
    write.waiting.delete(queue);
    if (write.waiting.size > 0) return;
    this.#writes.end(write);
    if (write.stored > 0 || write.failures.size === 0) {
      this.#cache.markWriting(write.checksum, false);
      write.buffer = undefined;
    }
    if (this.#writes.underWay.size === 0) {
      this.#release?.();
      this.#release = undefined;
    }
    if (this.#writes.underWayBytes <= this.#maxWaiting) for (const watcher of this.#ready) watcher();
    write.settle();
  }

  /** Waits until all stores have answered for all of these, also for those that are tried again meanwhile. */
  async #settled(writes: readonly PendingWrite[], signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const left = new Set(writes.filter(({ waiting }) => waiting.size > 0));
      if (left.size === 0) return;
      await allSettled(left, signal);
    }
  }
}

async function allSettled(left: Set<PendingWrite>, signal: AbortSignal | undefined): Promise<void> {
  const watchers = new Map<PendingWrite, () => void>();
  const settled = new Promise<void>((resolve) => {
    for (const write of left) {
      const watcher = () => {
        if (left.delete(write) && left.size === 0) resolve();
      };
      watchers.set(write, watcher);
      write.watch(watcher);
    }
  });
  try {
    await untilAborted(settled, signal);
  } finally {
    for (const [write, watcher] of watchers) write.unwatch(watcher);
  }
}
