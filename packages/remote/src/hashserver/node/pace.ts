/** In bytes: what is sent in one turn of the event loop, by all streams together; some milliseconds. */
const TURN = 2 ** 20;

/** In bytes: what a stream is given at a time. */
const SHARE = 2 ** 21;

/** Turns in a row that new clients may have for themselves: a few milliseconds. */
const FOR_NEW = 32;

interface Waiter {
  readonly bytes: number;
  readonly resolve: () => void;
}

/**
 * How fast a server sends streams, so that nobody else waits long: a turn of the event loop takes up one connection, however
 * many there are, and so it must be short while they come.
 */
export class Pace {
  readonly #soon: (run: () => void) => void;
  readonly #waiting = new Set<Waiter>();
  #spent = 0;
  #scheduled = false;
  /** Whether somebody has come in this turn. */
  #came = false;
  /** Turns that were left to those who come, since there was one for streams. */
  #left = 0;

  /** @param soon - Calls back in the next turn of the event loop. */
  constructor(soon: (run: () => void) => void = setImmediate) {
    this.#soon = soon;
  }

  /** Somebody new has come. Others may be behind them. */
  welcome(): void {
    this.#came = true;
    this.#schedule();
  }

  /**
   * Ask to read a piece and to send it. First come, first served.
   *
   * @returns `undefined` if it may be done at once, else what resolves when it may.
   */
  take(bytes: number): Promise<void> | undefined {
    if (this.#waiting.size === 0 && !this.#came && this.#spend(bytes)) return undefined;
    this.#schedule();
    return new Promise((resolve) => void this.#waiting.add({ bytes, resolve }));
  }

  #spend(bytes: number): boolean {
    // One that is larger than a turn has several.
    if (this.#spent > 0 && this.#spent + bytes > TURN) return false;
    this.#spent += bytes;
    this.#schedule();
    return true;
  }

  /** What one stream may send: a good deal at a time, since many that get on together cost more than one after the other. */
  share(): (bytes: number) => Promise<void> | undefined {
    let left = 0;
    return (bytes) => {
      left -= bytes;
      if (left >= 0) return undefined;
      const more = Math.max(bytes, SHARE);
      left += more;
      return this.take(more);
    };
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#soon(() => this.#begin());
  }

  #begin(): void {
    this.#scheduled = false;
    this.#spent = Math.max(0, this.#spent - TURN);
    if (this.#spent > 0) this.#schedule();
    const came = this.#came;
    this.#came = false;
    if (this.#waiting.size === 0) return;
    if (came && this.#left < FOR_NEW) {
      this.#left += 1;
      this.#schedule();
      return;
    }
    this.#left = 0;
    for (const waiter of this.#waiting) {
      // Having spent something, there is another turn already.
      if (!this.#spend(waiter.bytes)) return;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }
}
