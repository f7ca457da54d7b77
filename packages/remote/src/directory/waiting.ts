import { type Clock, untilAborted } from "@seamless/cache";
import { pause } from "../pause.ts";

/** How long others are waited for, by whose time. */
export interface Waiting {
  /** In milliseconds. */
  readonly timeout: number;
  /** In milliseconds, from any start. */
  now(): number;
  /** @throws the signal's reason. */
  pause(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

/** Between two looks at what others are doing, in milliseconds. */
export const INTERVAL = 50;

/** By the time of the machine, unless there is another. */
export function createWaiting(timeout: number, clock: Clock | undefined): Waiting {
  if (clock === undefined) return { timeout, now: () => performance.now(), pause };
  return {
    timeout,
    now: () => clock.now(),
    pause(ms, signal) {
      let timer: ReturnType<Clock["setTimeout"]> | undefined;
      const over = new Promise<void>((resolve) => {
        timer = clock.setTimeout(resolve, ms);
      });
      return untilAborted(over, signal).finally(() => timer?.cancel());
    },
  };
}
