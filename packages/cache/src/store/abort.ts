/** One listener for each signal, whoever waits: Node warns of a leak when a signal has more than ten. */
const waiting = new WeakMap<AbortSignal, Set<{ run(): void }>>();

/**
 * Do something when a signal is aborted, or at once if it has been.
 *
 * @returns a function that forgets it.
 */
export function onAbort(signal: AbortSignal | undefined, run: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    run();
    return () => {};
  }
  const all = waiting.get(signal) ?? listen(signal);
  const one = { run };
  all.add(one);
  return () => void all.delete(one);
}

/** The listener stays: a signal that nobody holds is collected with it. */
function listen(signal: AbortSignal): Set<{ run(): void }> {
  const all = new Set<{ run(): void }>();
  waiting.set(signal, all);
  signal.addEventListener(
    "abort",
    () => {
      for (const { run } of [...all]) run();
      all.clear();
    },
    { once: true },
  );
  return all;
}

/**
 * What a promise gives, or the reason of the signal as soon as it is aborted: whatever the promise stands for may ignore
 * the signal, or hang. What the promise does after that is of no interest to anyone.
 */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(forget);
  });
}
