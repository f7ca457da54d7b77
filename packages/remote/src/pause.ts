import { platformTimers, untilAborted } from "@seamless/cache";

/**
 * Wait.
 *
 * @param ms - In milliseconds, as many as there may be.
 * @throws the signal's reason, as soon as it is aborted.
 */
export async function pause(ms: number, signal?: AbortSignal | undefined): Promise<void> {
  let cancel = () => {};
  const over = new Promise<void>((resolve) => {
    cancel = platformTimers.setTimeout(resolve, ms).cancel;
  });
  try {
    await untilAborted(over, signal);
  } finally {
    cancel();
  }
}
