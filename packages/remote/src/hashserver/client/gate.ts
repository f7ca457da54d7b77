import { onAbort } from "@seamless/internal/abort";

/** Lets so many through at a time, in the order in which they came. */
export class Gate {
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
