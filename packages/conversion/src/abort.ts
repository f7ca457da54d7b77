import { SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";

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
