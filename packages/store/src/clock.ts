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

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /** Let `ms` milliseconds pass: what is due runs in order, each at its time. */
  advance(ms: number): void;
  /** The same, and what each timer starts gets its turn (promises, and other timers) before the next one runs. */
  advanceAsync(ms: number): Promise<void>;
  /** How many timers are set. */
  readonly pending: number;
}

interface Due {
  at: number;
  readonly run: () => void;
  /** In milliseconds; `undefined` for what happens once. */
  readonly every: number | undefined;
}

/**
 * A clock for tests, which starts at 0 and moves only by `advance`.
 *
 * @example
 * import { manualClock } from "@seamless/store";
 * const clock = manualClock();
 * clock.setTimeout(() => console.log(clock.now()), 500);
 * clock.advance(2000); // → 500
 */
export function manualClock(): ManualClock {
  let now = 0;
  const timers = new Set<Due>();
  const add = (due: Due): Timer => {
    timers.add(due);
    return { cancel: () => void timers.delete(due) };
  };
  /** Run the next timer that is due by then, if there is one. */
  const step = (end: number): boolean => {
    let next: Due | undefined;
    for (const due of timers) if (due.at <= end && (next === undefined || due.at < next.at)) next = due;
    if (next === undefined) return false;
    now = Math.max(now, next.at);
    if (next.every === undefined) timers.delete(next);
    else next.at += next.every;
    next.run();
    return true;
  };
  return {
    now: () => now,
    setTimeout: (run, ms) => add({ at: now + Math.max(0, ms), run, every: undefined }),
    setInterval: (run, ms) => add({ at: now + Math.max(1, ms), run, every: Math.max(1, ms) }),
    advance(ms) {
      const end = now + ms;
      while (step(end));
      now = end;
    },
    async advanceAsync(ms) {
      const end = now + ms;
      await turn();
      while (step(end)) await turn();
      now = end;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** Resolves after everything that can happen without waiting has happened. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
