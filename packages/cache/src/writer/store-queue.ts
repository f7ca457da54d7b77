import { type BufferLike, type Checksum, isSeamlessError, ProvenBytes, type SeamlessError } from "@seamless/checksum";
import { untilAborted } from "@seamless/internal/abort";
import { type Clock, isLasting, type Store, type Timer, verifyInSlices } from "@seamless/store";
import { ChangedBuffer, timeoutError, writeError } from "../errors.ts";

/** A buffer to write. */
export interface Job {
  readonly checksum: Checksum;
  readonly buffer: BufferLike;
  /** In bytes. */
  readonly length: number;
}

/** What one store is given at a time, and how long it may take. */
export interface QueueLimits {
  readonly concurrency: number;
  /** In bytes; a larger buffer is written alone. */
  readonly bytesInFlight: number;
  /** For one attempt, in milliseconds. */
  readonly timeout: number;
  /** From the first failure until giving up, in milliseconds. */
  readonly patience: number;
  /** The wait after a number of failures, in milliseconds. */
  readonly delay: (failures: number) => number;
}

/** What becomes of the jobs of a queue. */
export interface QueueListener {
  stored(job: Job, queue: StoreQueue): void;
  /** @param again - Whether it was the store that was given up, so that the job is tried again once that works. */
  failed(job: Job, queue: StoreQueue, error: SeamlessError, again: boolean): void;
  /** The store works again, after it had been given up. */
  recovered(queue: StoreQueue): void;
}

interface Task {
  readonly job: Job;
  attempts: number;
  /** Why the last attempt failed that may be made again. */
  last: unknown;
  firstFailure: number | undefined;
  /** When to give up, in milliseconds of the clock; from the first failure on. */
  deadline: number | undefined;
  notBefore: number;
}

/** In bytes; a larger buffer is not sent before the store has said that it misses it. */
const ASK_FIRST = 65_536;
/** How many checksums are known to be in the store, at least; one takes about 0.1 kB. */
const KNOWN = 20_000;

/**
 * What is to be written to one store. A failure makes everything wait: then one buffer at a time is tried, until one is
 * taken. One that fails goes behind the others, so that a buffer that the store cannot take does not hold up the rest.
 */
export class StoreQueue {
  readonly store: Store;
  readonly #limits: QueueLimits;
  readonly #clock: Clock;
  readonly #listener: QueueListener;
  readonly #known = new Recent(KNOWN);
  readonly #ready = new Fifo<Task>();
  readonly #running = new Map<AbortController, Task>();
  #delayed: Task[] = [];
  #bytes = 0;
  /** Failures in a row; attempts that were under way at once count once. */
  #failures = 0;
  /** The last of them. */
  #last: unknown;
  #deadline: number | undefined;
  #gaveUp = false;
  #resumeAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(store: Store, limits: QueueLimits, clock: Clock, listener: QueueListener) {
    this.store = store;
    this.#limits = limits;
    this.#clock = clock;
    this.#listener = listener;
  }

  get inFlight(): number {
    return this.#running.size;
  }

  get bytesInFlight(): number {
    return this.#bytes;
  }

  /** Whether the last attempt failed. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** Whether the buffer is known to be in the store. */
  knows(checksum: Checksum): boolean {
    return this.#known.has(checksum.hex());
  }

  /** The store has shown that it has the buffer. */
  learn(checksum: Checksum): void {
    this.#known.add(checksum.hex());
  }

  /** @param once - Give up at the first failure. */
  add(job: Job, once = false): void {
    const deadline = once ? Number.NEGATIVE_INFINITY : undefined;
    this.#ready.push({ job, attempts: 0, last: undefined, firstFailure: undefined, deadline, notBefore: 0 });
    this.#pump();
  }

  /** Try now what waits for its next attempt. */
  hurry(): void {
    this.#resumeAt = Number.NEGATIVE_INFINITY;
    for (const task of this.#delayed) task.notBefore = Number.NEGATIVE_INFINITY;
    this.#pump();
  }

  /** Write nothing more: what is left has failed for this reason, and for what went wrong before. */
  stop(reason: unknown): void {
    this.#stopped = true;
    this.#timer?.cancel();
    const left = [...this.#running.values(), ...this.#delayed, ...this.#ready.drain()];
    this.#delayed = [];
    for (const controller of this.#running.keys()) controller.abort(reason);
    for (const task of left) this.#fail(task, reason, false, task.last ?? this.#last);
  }

  #pump(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#stopped) return;
    const now = this.#clock.now();
    const due = this.#delayed.filter(({ notBefore }) => notBefore <= now);
    if (due.length > 0) this.#delayed = this.#delayed.filter(({ notBefore }) => notBefore > now);
    for (const task of due) this.#ready.push(task);
    while (this.#mayStart(now)) this.#start(this.#ready.shift()!);
    const next = this.#ready.size > 0 ? now : this.#nextDelayed();
    const at = Math.max(next, this.#resumeAt);
    // Otherwise the end of a running attempt comes first, or a job.
    if (at > now && at < Number.POSITIVE_INFINITY) {
      this.#timer = this.#clock.setTimeout(() => this.#pump(), at - now);
    }
  }

  #nextDelayed(): number {
    return this.#delayed.reduce((first, { notBefore }) => Math.min(first, notBefore), Number.POSITIVE_INFINITY);
  }

  #mayStart(now: number): boolean {
    const next = this.#ready.peek();
    if (next === undefined || now < this.#resumeAt) return false;
    if (this.#running.size === 0) return true;
    const { concurrency, bytesInFlight } = this.#limits;
    return this.#running.size < (this.failing ? 1 : concurrency) && this.#bytes + next.job.length <= bytesInFlight;
  }

  #start(task: Task): void {
    const controller = new AbortController();
    const before = this.#failures;
    this.#running.set(controller, task);
    this.#bytes += task.job.length;
    task.attempts++;
    void this.#attempt(task.job, controller).then((failure) => {
      this.#running.delete(controller);
      this.#bytes -= task.job.length;
      if (this.#stopped) return;
      if (failure === undefined) this.#succeed(task.job);
      else if (isLasting(failure.cause) || failure.cause instanceof ChangedBuffer)
        this.#fail(task, failure.cause, false);
      else this.#postpone(task, failure.cause, before === this.#failures);
      this.#pump();
    });
  }

  /** One attempt; gives its failure. */
  async #attempt(
    { checksum, buffer, length }: Job,
    controller: AbortController,
  ): Promise<{ readonly cause: unknown } | undefined> {
    const { signal } = controller;
    // A store that knows proofs hashes what it writes; others may keep what they are given.
    const hashes = this.store.putProven !== undefined;
    if (!hashes) {
      const change = await changeOf(checksum, buffer, signal);
      if (change !== undefined) return change;
    }
    const { timeout } = this.#limits;
    const timer = this.#clock.setTimeout(() => {
      controller.abort(timeoutError(this.store.name, timeout));
    }, timeout);
    try {
      // A store may ignore its signal.
      await untilAborted(this.#put(checksum, buffer, length, signal), signal);
      return undefined;
    } catch (cause) {
      const mismatch = hashes && isSeamlessError(cause, "CHECKSUM_MISMATCH");
      return (mismatch ? await changeOf(checksum, buffer, signal) : undefined) ?? { cause };
    } finally {
      timer.cancel();
    }
  }

  async #put(checksum: Checksum, buffer: BufferLike, length: number, signal: AbortSignal): Promise<void> {
    if (length > ASK_FIRST) {
      const [there] = await this.store.has([checksum], { signal });
      if (there === true) return;
    }
    signal.throwIfAborted();
    const { proven } = buffer;
    if (this.store.putProven !== undefined && proven?.checksum.equals(checksum)) {
      await this.store.putProven(proven, { signal });
    } else await this.store.put(checksum, buffer.content, { signal });
  }

  #succeed(job: Job): void {
    const recovered = this.#gaveUp;
    this.#failures = 0;
    this.#last = undefined;
    this.#deadline = undefined;
    this.#gaveUp = false;
    this.#resumeAt = Number.NEGATIVE_INFINITY;
    this.learn(job.checksum);
    this.#listener.stored(job, this);
    if (recovered) this.#listener.recovered(this);
  }

  #fail({ job, attempts, firstFailure }: Task, cause: unknown, again: boolean, last?: unknown): void {
    const time = firstFailure === undefined ? 0 : this.#clock.now() - firstFailure;
    const error = writeError(this.store.name, job.checksum, { length: job.length, attempts, time, last }, cause);
    this.#listener.failed(job, this, error, again);
  }

  /** @param first - Is it the first failure of those that were under way at once? */
  #postpone(task: Task, cause: unknown, first: boolean): void {
    const { patience, delay } = this.#limits;
    const now = this.#clock.now();
    task.firstFailure ??= now;
    task.deadline ??= now + patience;
    task.last = cause;
    this.#last = cause;
    this.#deadline ??= now + patience;
    if (first) {
      this.#failures++;
      this.#resumeAt = now + delay(this.#failures);
    }
    if (now >= this.#deadline) {
      this.#giveUp(task, cause);
    } else if (now >= task.deadline) {
      this.#fail(task, cause, false);
    } else {
      task.notBefore = now + delay(task.attempts);
      this.#delayed.push(task);
    }
  }

  /** The store has failed for too long: nothing that waits for it is kept waiting. */
  #giveUp(task: Task, cause: unknown): void {
    const tasks = [task, ...this.#delayed, ...this.#ready.drain()];
    this.#delayed = [];
    this.#gaveUp = true;
    for (const each of tasks) this.#fail(each, cause, true);
  }
}

/** Why a buffer must not be written, if it is no longer what it was. */
async function changeOf(
  checksum: Checksum,
  buffer: BufferLike,
  signal: AbortSignal,
): Promise<{ readonly cause: unknown } | undefined> {
  // What is proven cannot have been changed.
  if (ProvenBytes.isProvenBytes(buffer.proven) && buffer.proven.checksum.equals(checksum)) return undefined;
  try {
    await verifyInSlices(checksum, buffer.content, { signal });
    return undefined;
  } catch (error) {
    return { cause: signal.aborted ? signal.reason : new ChangedBuffer(checksum, error as Error) };
  }
}

/** First in, first out, each in constant time. */
export class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The one that comes next. */
  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head++;
    // What has left is cut off once it is half of all.
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Take all out. */
  drain(): T[] {
    const all = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return all;
  }
}

/** The keys that were added last: at least `limit` of them, at most twice as many. */
export class Recent {
  readonly #limit: number;
  #young = new Set<string>();
  #old: ReadonlySet<string> = new Set();

  constructor(limit: number) {
    this.#limit = limit;
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  add(key: string): void {
    this.#young.add(key);
    if (this.#young.size < this.#limit) return;
    // Whole generations are forgotten: cheaper than one key at a time.
    this.#old = this.#young;
    this.#young = new Set();
  }
}
