import { describe, SeamlessError } from "@seamless/checksum";

/**
 * The signal of some options, if there is one.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if these are no options, or it is no signal; its reason if it is aborted.
 */
export function signalOf(options: { readonly signal?: AbortSignal | undefined }): AbortSignal | undefined {
  if (typeof options !== "object" || options === null) {
    throw new SeamlessError("INVALID_ARGUMENT", `options must be an object, got ${describe(options)}`);
  }
  const { signal } = options;
  if (signal === undefined) return undefined;
  if (typeof signal?.throwIfAborted !== "function") {
    throw new SeamlessError("INVALID_ARGUMENT", `signal must be an AbortSignal, got ${describe(signal)}`);
  }
  signal.throwIfAborted();
  return signal;
}

/** Who waits for a signal, and the one listener for all of them. */
interface Waiting {
  readonly aborts: Set<() => void>;
  readonly listener: () => void;
}

/** Node warns of a leak from the eleventh listener on, and one signal may be given to any number of conversions. */
const waiting = new WeakMap<AbortSignal, Waiting>();

/** As the work settles, unless the signal is aborted before: then rejects with its reason at once. */
export function abortable<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return work();
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    const forget = whenAborted(signal, abort);
    work().then(resolve, reject).finally(forget);
  });
}

/** @returns a function that forgets it; the last one takes the listener along. */
function whenAborted(signal: AbortSignal, abort: () => void): () => void {
  const { aborts, listener } = waiting.get(signal) ?? listen(signal);
  aborts.add(abort);
  return () => {
    if (!aborts.delete(abort) || aborts.size > 0) return;
    signal.removeEventListener("abort", listener);
    waiting.delete(signal);
  };
}

function listen(signal: AbortSignal): Waiting {
  const aborts = new Set<() => void>();
  const listener = () => {
    for (const abort of aborts) abort();
  };
  const all = { aborts, listener };
  waiting.set(signal, all);
  signal.addEventListener("abort", listener, { once: true });
  return all;
}
