import { SeamlessError } from "@seamless/checksum";
import { untilAborted } from "@seamless/internal/abort";
import type { Timers } from "@seamless/internal/timers";

/** Why something failed, whatever was thrown. */
export interface Failure {
  readonly error: unknown;
}

/** Something that is going on, and that can be given up even if it hangs. Its promises never reject. */
export class Attempt {
  /** How it ended: with a failure, or well. Comes at once when it is given up. */
  readonly outcome: Promise<Failure | undefined>;
  /** Comes when it is really over: until then it may hold on to memory. */
  readonly settled: Promise<void>;
  readonly #controller = new AbortController();

  /** @param run - Started at once; its signal is aborted when it is given up. */
  constructor(run: (signal: AbortSignal) => Promise<void>) {
    const { signal } = this.#controller;
    // Asynchronous, so that what `run` throws at once rejects like everything else.
    const running = (async () => run(signal))();
    const well = () => undefined;
    this.settled = running.then(well, well);
    this.outcome = untilAborted(running, signal).then(well, (error: unknown) => ({ error }));
  }

  /**
   * How it ends; given up when it takes too long.
   *
   * @param ms - How much longer it may take, in milliseconds.
   */
  async outcomeWithin(ms: number, clock: Timers): Promise<Failure | undefined> {
    const timer = clock.setTimeout(() => {
      this.giveUp(new SeamlessError("STORE_FAILED", `not done within ${ms} ms`));
    }, ms);
    const failure = await this.outcome;
    timer.cancel();
    return failure;
  }

  /** Wait for it no longer. */
  giveUp(reason: unknown): void {
    this.#controller.abort(reason);
  }
}
