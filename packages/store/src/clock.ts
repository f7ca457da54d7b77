import { longInterval, longTimeout } from "@seamless/internal/timers";

/** Something that will happen, unless it is cancelled. */
export interface Timer {
  /** Nothing happens any more; cancelling twice is harmless. */
  cancel(): void;
}

/** Where time comes from; another one can be given to whatever waits, so that tests need not. */
export interface Clock {
  /** In milliseconds from any start, never going back. */
  now(): number;
  /** Call a function once, after `ms` milliseconds. */
  setTimeout(run: () => void, ms: number): Timer;
  /** Call a function every `ms` milliseconds. */
  setInterval(run: () => void, ms: number): Timer;
}

/** The clock of the machine. Its timers do not keep a process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (run, ms) => ({ cancel: longTimeout(run, ms, true) }),
  setInterval: (run, ms) => ({ cancel: longInterval(run, ms, true) }),
};
