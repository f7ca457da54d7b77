import { type AbortOptions, onAbort } from "./abort.ts";
import { optionChecks } from "./option-checks.ts";
import type { Timers } from "./timers.ts";

/** How long `close()` may take. */
export interface CloseLimitOptions extends AbortOptions {
  /**
   * In milliseconds; `Infinity` for no limit.
   * @default 30,000; `Infinity` with a signal
   */
  readonly timeout?: number | undefined;
}

/** Makes the error for a wrong timeout, or for one that is over: each package has its own class of errors at hand. */
export type CloseError = (code: "INVALID_ARGUMENT" | "STORE_FAILED", message: string) => Error;

/** When to give up closing. */
export interface CloseLimit {
  /** Aborted with the reason of the signal that was given, or with an error that says how long it took. */
  readonly signal: AbortSignal;
  /** Lets go of the timer and the signal, once all is closed. */
  end(): void;
}

/** In milliseconds. */
const DEFAULT_TIMEOUT = 30_000;

/**
 * How long `close()` may take, in milliseconds.
 *
 * @throws what `closeError` makes, for a wrong timeout.
 */
export function closeTimeout({ signal, timeout }: CloseLimitOptions, closeError: CloseError): number {
  const { duration } = optionChecks((message) => closeError("INVALID_ARGUMENT", message));
  return duration("timeout", timeout ?? (signal === undefined ? DEFAULT_TIMEOUT : Number.POSITIVE_INFINITY));
}

/**
 * Starts the time that `close()` may take, for one thing or for several that share the limit.
 *
 * @throws what `closeError` makes, for a wrong timeout.
 */
export function closeLimit(options: CloseLimitOptions, timers: Timers, closeError: CloseError): CloseLimit {
  const { signal } = options;
  const limit = closeTimeout(options, closeError);
  const controller = new AbortController();
  const forget = onAbort(signal, () => controller.abort(signal?.reason));
  const giveUp = () => {
    controller.abort(closeError("STORE_FAILED", `it was not finished within ${limit} ms, the \`timeout\` of close()`));
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
