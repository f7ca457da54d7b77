import { LEAST_PROGRESS } from "./limits.ts";

/**
 * Gives up a transfer that does not get on: in each period some bytes must move. A client that sends one byte now and then
 * must not hold a connection forever.
 */
export class Watchdog {
  readonly #timer: NodeJS.Timeout;
  #moved = 0;

  /**
   * @param period - In milliseconds.
   * @param giveUp - Called at most once.
   */
  constructor(period: number, giveUp: () => void) {
    this.#timer = setInterval(() => {
      if (this.#moved < LEAST_PROGRESS) {
        this.stop();
        giveUp();
      }
      this.#moved = 0;
    }, period);
    this.#timer.unref();
  }

  /** Bytes have moved. */
  feed(bytes: number): void {
    this.#moved += bytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
