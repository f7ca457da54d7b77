import { SeamlessError } from "@seamless/checksum";
import { onAbort, untilAborted } from "@seamless/internal/abort";
import type { Timers } from "@seamless/internal/timers";

export interface InTimeOptions {
  readonly clock: Timers;
  /** How long it may take, in milliseconds. */
  readonly limit: number;
  /**
   * Asked once that time is up, and given up after the same time: how much longer it may take, in milliseconds.
   * @default no longer
   */
  readonly more?: ((signal: AbortSignal) => Promise<number>) | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * What something gives, unless it takes too long: it may ignore its signal, or hang.
 *
 * @throws {SeamlessError} `STORE_FAILED` when it takes too long; what it throws; the signal's reason.
 */
export async function inTime<T>(
  run: (signal: AbortSignal) => Promise<T>,
  { clock, limit, more = async () => 0, signal }: InTimeOptions,
): Promise<T> {
  const controller = new AbortController();
  const stopped = controller.signal;
  const forget = onAbort(signal, () => controller.abort(signal?.reason));
  const stop = (ms: number) => controller.abort(new SeamlessError("STORE_FAILED", `no answer within ${ms} ms`));
  let over = false;
  let timer = clock.setTimeout(async () => {
    timer = clock.setTimeout(() => stop(2 * limit), limit);
    const extra = await untilAborted(more(stopped), stopped).catch(() => 0);
    timer.cancel();
    if (over || stopped.aborted) return;
    if (extra > 0) timer = clock.setTimeout(() => stop(limit + extra), extra);
    else stop(limit);
  }, limit);
  try {
    // Asynchronous, so that what it throws at once rejects like everything else.
    return await untilAborted((async () => run(stopped))(), stopped);
  } finally {
    over = true;
    timer.cancel();
    forget();
  }
}
