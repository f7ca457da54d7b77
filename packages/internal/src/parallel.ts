import { type AbortOptions, onAbort } from "./abort.ts";

/** How a number of items are worked on at the same time. */
export interface ParallelOptions extends AbortOptions {
  /** How many are under way at most. */
  readonly limit: number;
}

/**
 * Does something with each item, some at a time, begun in their order. The first failure, or an abort, lets nothing new
 * begin; what is under way is waited for.
 *
 * @returns what it gave, in the order of the items.
 * @throws the signal's reason once it is aborted, else what the first call that fails throws.
 */
export async function mapParallel<T, R>(
  items: Iterable<T>,
  { limit, signal }: ParallelOptions,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const iterator = items[Symbol.iterator]();
  const results: R[] = [];
  const failures: unknown[] = [];
  let begun = 0;
  const worker = async () => {
    try {
      while (failures.length === 0 && !signal?.aborted) {
        const next = iterator.next();
        if (next.done) return;
        const index = begun++;
        results[index] = await work(next.value, index);
      }
    } catch (error) {
      failures.push(error);
    }
  };
  // No more workers than items, where their number is known.
  const most = Array.isArray(items) ? Math.min(limit, items.length) : limit;
  await Promise.all(Array.from({ length: most }, worker));
  signal?.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  return results;
}

/** A limit of how many are in at a time; the others wait, and enter in the order in which they came. */
export class Semaphore {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(limit: number) {
    this.#free = limit;
  }

  /**
   * @returns gives the place back; to be called once, and harmless after that.
   * @throws the signal's reason.
   */
  async enter(signal: AbortSignal | undefined): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#leave();
    };
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        forget();
        resolve();
      };
      this.#waiting.add(enter);
      const forget = onAbort(signal, () => {
        // Not if the place has just been given.
        if (this.#waiting.delete(enter)) reject(signal?.reason);
      });
    });
  }

  /** The place goes to the next one, without becoming free in between. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) return void this.#free++;
    this.#waiting.delete(next);
    next();
  }
}
