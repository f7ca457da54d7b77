import { untilAborted } from "@seamless/cache";

/**
 * Wait.
 *
 * @param ms - In milliseconds.
 * @throws the signal's reason, as soon as it is aborted.
 */
export async function pause(ms: number, signal?: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await untilAborted(over, signal);
  } finally {
    clearTimeout(timer);
  }
}
