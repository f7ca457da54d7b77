import { untilAborted } from "./abort.ts";

/** The part of a clock that waits. */
export interface Timers {
  /**
   * Calls a function once.
   *
   * @param ms - In milliseconds, as many as there may be; `Infinity` for never.
   */
  setTimeout(run: () => void, ms: number): { cancel(): void };
}

/** What Node's timers have and those of browsers have not. */
interface Unref {
  unref?(): void;
}

/** The longest wait that the platform's timers take, in milliseconds (24.8 days); they run at once what is given longer. */
export const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Timers of the platform, for a wait of any length. They keep a process alive. */
export const platformTimers: Timers = {
  setTimeout: (run, ms) => ({ cancel: longTimeout(run, ms, false) }),
};

/**
 * `setTimeout` for a wait of any length, `Infinity` included.
 *
 * @param ms - In milliseconds.
 * @param unref - Whether the process may end before.
 * @returns what cancels it.
 */
export function longTimeout(run: () => void, ms: number, unref: boolean): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = (left: number) => {
    timer =
      left > LONGEST_TIMEOUT ? setTimeout(() => wait(left - LONGEST_TIMEOUT), LONGEST_TIMEOUT) : setTimeout(run, left);
    if (unref) (timer as Unref).unref?.();
  };
  wait(ms);
  return () => clearTimeout(timer);
}

/** `setInterval` for a wait of any length; the parameters are those of `longTimeout`. */
export function longInterval(run: () => void, ms: number, unref: boolean): () => void {
  if (ms <= LONGEST_TIMEOUT) {
    const timer = setInterval(run, ms);
    if (unref) (timer as Unref).unref?.();
    return () => clearInterval(timer);
  }
  let cancel: () => void;
  const next = () => {
    cancel = longTimeout(
      () => {
        next();
        run();
      },
      ms,
      unref,
    );
  };
  next();
  return () => cancel();
}

/**
 * Waits.
 *
 * @param ms - In milliseconds, as many as there may be.
 * @param timers - By whose time.
 * @throws the signal's reason, as soon as it is aborted.
 */
export async function sleep(
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

/**
 * Doubling waits, each shortened at random by up to a half.
 *
 * @returns the wait after a number of failures, in milliseconds.
 */
export function backoff(firstDelay: number, maxDelay: number, random: () => number): (failures: number) => number {
  return (failures) => Math.min(maxDelay, firstDelay * 2 ** (failures - 1)) * (1 - random() / 2);
}

/** What there is on this platform for what comes next. */
interface Scheduling {
  readonly setImmediate?: (run: () => void) => unknown;
  readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port };
  readonly setTimeout: (run: () => void, ms: number) => unknown;
}

interface Port {
  onmessage: unknown;
  postMessage(message: unknown): void;
}

/** Not `setTimeout` where there is better: that waits for 1 ms in Node and 4 in browsers, as long as the hashing takes. */
function scheduler(platform: Scheduling): (run: () => void) => void {
  const { setImmediate, setTimeout } = platform;
  if (setImmediate !== undefined) return (run) => void setImmediate(run);
  // Not looked at before: Node loads channels, and streams for them, as soon as they are named, which takes 2 ms.
  const { MessageChannel } = platform;
  if (MessageChannel === undefined) return (run) => void setTimeout(run, 0);
  const { port1, port2 } = new MessageChannel();
  const due: (() => void)[] = [];
  port1.onmessage = () => due.shift()?.();
  return (run) => {
    due.push(run);
    port2.postMessage(undefined);
  };
}

// Kept as it was when the module was loaded: what waits for a turn does not wait for the fake timers of a test.
/** Runs something once everything else that is ready has run. */
export const runNextTurn = /* @__PURE__ */ scheduler(globalThis as unknown as Scheduling);

/** Resolves once everything else that is ready has run: timers, sockets, and in a page what paints it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => runNextTurn(resolve));
}
