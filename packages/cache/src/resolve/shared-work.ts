import { onAbort } from "@seamless/internal/abort";

interface Work<T> {
  readonly controller: AbortController;
  readonly promise: Promise<T>;
  callers: number;
}

/**
 * Work that several callers want at the same time is done once. It is aborted only when all of them have given up; one
 * that gives up is let go at once, even if the work ignores its signal.
 */
export class SharedWork<T> {
  readonly #running = new Map<string, Work<T>>();

  /** How many jobs are going on. */
  get size(): number {
    return this.#running.size;
  }

  /**
   * @param key - Equal keys share one job.
   * @param start - Called if none is going on; its signal is aborted with the reason of the last caller to give up.
   * @returns what the work gives; rejects with the reason of the caller's own signal.
   */
  async run(key: string, signal: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const work = this.#running.get(key) ?? this.#start(key, start);
    work.callers++;
    if (signal === undefined) return work.promise;
    return new Promise<T>((resolve, reject) => {
      const forget = onAbort(signal, () => {
        reject(signal.reason);
        if (--work.callers > 0) return;
        // A new caller must not be given work that is being given up.
        this.#forget(key, work);
        work.controller.abort(signal.reason);
      });
      work.promise.then(resolve, reject).finally(forget);
    });
  }

  #start(key: string, start: (signal: AbortSignal) => Promise<T>): Work<T> {
    const controller = new AbortController();
    // Asynchronous, so that what `start` throws at once rejects like everything else.
    const promise = (async () => start(controller.signal))().finally(() => this.#forget(key, work));
    const work: Work<T> = { controller, promise, callers: 0 };
    this.#running.set(key, work);
    return work;
  }

  #forget(key: string, work: Work<T>): void {
    if (this.#running.get(key) === work) this.#running.delete(key);
  }
}
