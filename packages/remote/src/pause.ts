import { platformTimers, type Timers, untilAborted } from "@seamless/cache";

/**
 * Wait.
 *
 * @param ms - In milliseconds, as many as there may be.
 * @param timers - By whose time.
 * @throws the signal's reason, as soon as it is aborted.
 */
export async function pause(
  ms: number,
  signal?: AbortSignal | undefined,
  timers: Timers = platformTimers,
): Promise<void> {
  let cancel = () => {};
  const over = new Promise<void>((resolve) => {
    cancel = timers.setTimeout(resolve, ms).cancel;
  });
  try {
    await untilAborted(over, signal);
  } finally {
    cancel();
  }
}
