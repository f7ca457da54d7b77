import { onAbort } from "@seamless/internal/abort";

/** A producer that waits. */
interface Waiter {
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Admits producers when there is room, in the order in which they came. What was reserved counts as taken until it
 * arrives, or for one pass: a producer that changed its mind does not hold others up for long.
 */
export class Admission {
  readonly #waiters = new Set<Waiter>();
  readonly #cap: number;
  readonly #fixedBytes: () => number;
  #reserved = 0;

  /**
   * @param cap - In bytes.
   * @param fixedBytes - How many bytes may not be evicted now.
   */
  constructor(cap: number, fixedBytes: () => number) {
    this.#cap = cap;
    this.#fixedBytes = fixedBytes;
  }

  /** Reserved and not yet there, in bytes. */
  get reserved(): number {
    return this.#reserved;
  }

  /** Resolves when there is room. */
  async reserve(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#waiters.size === 0 && this.#fits(bytes)) {
      this.#reserved += bytes;
      return;
    }
    let forget = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        const waiter: Waiter = { bytes, resolve, reject };
        this.#waiters.add(waiter);
        forget = onAbort(signal, () => {
          reject(signal?.reason);
          this.#waiters.delete(waiter);
          // The next one may need less.
          this.admit();
        });
      });
    } finally {
      forget();
    }
  }

  /** Admits those that fit: to be called when there may be more room. */
  admit(): void {
    if (this.#waiters.size === 0) return;
    for (const waiter of this.#waiters) {
      if (!this.#fits(waiter.bytes)) return;
      this.#reserved += waiter.bytes;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** What was reserved is there. */
  arrived(bytes: number): void {
    this.#reserved = Math.max(0, this.#reserved - bytes);
  }

  /** Reservations that were not used lapse. */
  lapse(): void {
    this.#reserved = 0;
    this.admit();
  }

  /** Rejects those that wait. */
  close(reason: unknown): void {
    for (const waiter of this.#waiters) waiter.reject(reason);
    this.#waiters.clear();
  }

  /** What is larger than the cap fits when nothing else is in its way. */
  #fits(bytes: number): boolean {
    const taken = this.#fixedBytes() + this.#reserved;
    return taken === 0 || taken + bytes <= this.#cap;
  }
}
