import { onAbort } from "@seamless/cache";

interface Kept {
  readonly until: number;
  readonly timer: ReturnType<typeof setTimeout>;
  /** Called when the buffer is there, and when the promise ends without. */
  readonly waiting: Set<() => void>;
}

/** Promises to upload buffers: kept for a time, or until the buffer is there. */
export class Promises {
  readonly #time: number;
  readonly #limit: number;
  readonly #kept = new Map<string, Kept>();

  /** @param time - In milliseconds. */
  constructor(time: number, limit: number) {
    this.#time = time;
    this.#limit = limit;
  }

  /**
   * Take a promise, or renew it.
   *
   * @returns how long it is kept, in milliseconds; `undefined` if there are too many.
   */
  add(hex: string): number | undefined {
    const before = this.#kept.get(hex);
    if (before === undefined && this.#kept.size >= this.#limit) return undefined;
    clearTimeout(before?.timer);
    const timer = setTimeout(() => this.end(hex), this.#time);
    // A server that has nothing else to do may end. Browsers have numbers for timers.
    (timer as { unref?: () => void }).unref?.();
    this.#kept.set(hex, { until: Date.now() + this.#time, timer, waiting: before?.waiting ?? new Set() });
    return this.#time;
  }

  has(hex: string): boolean {
    return this.#kept.has(hex);
  }

  /** The buffer is there, or will not be. */
  end(hex: string): void {
    const kept = this.#kept.get(hex);
    if (kept === undefined) return;
    clearTimeout(kept.timer);
    this.#kept.delete(hex);
    for (const wake of kept.waiting) wake();
  }

  /** Resolves when a promise has ended, one way or the other; at once if there is none. Rejects with the signal's reason. */
  async ended(hex: string, signal: AbortSignal | undefined): Promise<void> {
    const kept = this.#kept.get(hex);
    if (kept === undefined) return;
    await new Promise<void>((resolve, reject) => {
      const wake = () => {
        forget();
        kept.waiting.delete(wake);
        resolve();
      };
      kept.waiting.add(wake);
      const forget = onAbort(signal, () => {
        kept.waiting.delete(wake);
        reject(signal?.reason);
      });
    });
  }
}
