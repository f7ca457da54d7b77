import { platformTimers, sleep } from "@seamless/internal/timers";
import type { Clock } from "@seamless/store";

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

/** @param clock - By whose time; by default that of the machine, which keeps the process alive meanwhile. */
export function createWaiting(
  timeout: number,
  clock: Pick<Clock, "now" | "setTimeout"> = { ...platformTimers, now: () => performance.now() },
): Waiting {
  return { timeout, now: () => clock.now(), pause: (ms, signal) => sleep(ms, signal, clock) };
}
