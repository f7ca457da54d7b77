import { onAbort } from "@seamless/internal/abort";

/** A producer that waits. */
interface Waiter {
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Producers that wait for room, served in the order in which they came. What was promised counts as taken until it
 * arrives, or for one pass: a producer that changed its mind holds nobody up for long.
 */
export class Rooms {
  readonly #waiters = new Set<Waiter>();
  readonly #cap: number;
  readonly #fixedBytes: () => number;
  #promised = 0;

  /**
   * @param cap - In bytes.
   * @param fixedBytes - How many bytes may not be evicted now.
   */
  constructor(cap: number, fixedBytes: () => number) {
    this.#cap = cap;
    this.#fixedBytes = fixedBytes;
  }

  /** Promised and not yet there, in bytes. */
  get promised(): number {
    return this.#promised;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Resolves when there is room. */
  async wait(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#waiters.size === 0 && this.#fits(bytes)) {
      this.#promised += bytes;
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
          // Whoever was behind it may need less.
          this.admit();
        });
      });
    } finally {
      forget();
    }
  }

  /** Let in who fits: to be called when there may be more room. */
  admit(): void {
    if (this.#waiters.size === 0) return;
    for (const waiter of this.#waiters) {
      if (!this.#fits(waiter.bytes)) return;
      this.#promised += waiter.bytes;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** What was promised is there. */
  arrived(bytes: number): void {
    this.#promised = Math.max(0, this.#promised - bytes);
  }

  /** Promises that were not kept lapse. */
  lapse(): void {
    this.#promised = 0;
    this.admit();
  }

  /** Nobody will ever be let in again. */
  close(reason: unknown): void {
    for (const waiter of this.#waiters) waiter.reject(reason);
    this.#waiters.clear();
  }

  /** What is larger than the cap fits when nothing else is in its way. */
  #fits(bytes: number): boolean {
    const taken = this.#fixedBytes() + this.#promised;
    return taken === 0 || taken + bytes <= this.#cap;
  }
}
