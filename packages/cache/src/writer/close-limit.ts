import { type ResolveOptions, SeamlessError } from "@seamless/checksum";
import { onAbort } from "@seamless/internal/abort";
import { duration } from "../cache/check.ts";

export interface CloseOptions extends ResolveOptions {
  /**
   * How long stores may take, in milliseconds, before what they have not taken is given up and named; `Infinity` for as
   * long as they need.
   * @default 30,000; `Infinity` with a signal
   */
  readonly timeout?: number | undefined;
}

/** In milliseconds. */
const DEFAULT_TIMEOUT = 30_000;

/**
 * How long a close may take, in milliseconds.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` for a timeout that is none.
 */
export function closeTimeout({ signal, timeout }: CloseOptions): number {
  return duration("timeout", timeout ?? (signal === undefined ? DEFAULT_TIMEOUT : Number.POSITIVE_INFINITY));
}

/** When to give up closing. */
export interface CloseLimit {
  /** Aborted with the reason of the signal that was given, or with an error that says how long it took. */
  readonly signal: AbortSignal;
  /** It is closed: let go of the timer and the signal. */
  end(): void;
}

/**
 * The end of a close that may take too long: for whoever closes several things that have one limit together.
 *
 * @param timers - `platformTimers`, or a clock.
 * @throws {SeamlessError} `INVALID_ARGUMENT` for a timeout that is none.
 */
export function closeLimit(
  options: CloseOptions,
  timers: { setTimeout(run: () => void, ms: number): { cancel(): void } },
): CloseLimit {
  const { signal } = options;
  const limit = closeTimeout(options);
  const controller = new AbortController();
  const forget = onAbort(signal, () => controller.abort(signal?.reason));
  const giveUp = () => {
    const message = `it was not finished within ${limit} ms, the \`timeout\` of close()`;
    controller.abort(new SeamlessError("STORE_FAILED", message));
  };
  const timer = limit === Number.POSITIVE_INFINITY ? undefined : timers.setTimeout(giveUp, limit);
  return {
    signal: controller.signal,
    end() {
      forget();
      timer?.cancel();
    },
  };
}
