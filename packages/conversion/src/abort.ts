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

/** As the work settles, unless the signal is aborted before: then rejects with its reason at once. */
export function abortable<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return work();
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    const done = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort, { once: true });
    work().then(
      (value) => {
        done();
        resolve(value);
      },
      (error) => {
        done();
        reject(error);
      },
    );
  });
}
