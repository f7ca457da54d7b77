/** How to stop what is asynchronous; every such call takes it. */
export interface AbortOptions {
  /** Stops the call once it is aborted, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The calls that wait for a signal, and the one listener that runs them. */
interface Listeners {
  readonly all: Set<{ readonly run: () => void }>;
  readonly listener: () => void;
}

/** One listener for each signal, however many wait: Node warns of a leak when a signal has more than ten. */
const waiting = new WeakMap<AbortSignal, Listeners>();

/**
 * Does something when a signal is aborted, or at once if it has been. The signal keeps one listener for all that wait this
 * way, and none when nothing waits.
 *
 * @returns a function that forgets it; calling it twice is harmless.
 */
export function onAbort(signal: AbortSignal | undefined, run: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    run();
    return () => {};
  }
  const { all, listener } = waiting.get(signal) ?? listen(signal);
  const one = { run };
  all.add(one);
  return () => {
    if (!all.delete(one) || all.size > 0) return;
    signal.removeEventListener("abort", listener);
    waiting.delete(signal);
  };
}

function listen(signal: AbortSignal): Listeners {
  const all: Listeners["all"] = new Set();
  const listener = () => {
    waiting.delete(signal);
    const errors: unknown[] = [];
    for (const one of [...all]) {
      // One before it may have made the others forget.
      if (!all.delete(one)) continue;
      try {
        one.run();
      } catch (error) {
        errors.push(error);
      }
    }
    // As of any listener: the platform reports it, once all have been told.
    if (errors.length > 0) throw errors[0];
  };
  waiting.set(signal, { all, listener });
  signal.addEventListener("abort", listener, { once: true });
  return { all, listener };
}

/**
 * Resolves to what a promise gives, or rejects with the reason of the signal as soon as it is aborted: whatever the promise stands for may ignore
 * the signal, or hang. What the promise does after that is of no interest to anyone.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  // Asked for each chunk of a stream: no more promises than it takes.
  return new Promise<T>((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal.reason));
    promise.then(
      (value) => {
        forget();
        resolve(value);
      },
      (error) => {
        forget();
        reject(error);
      },
    );
  });
}
