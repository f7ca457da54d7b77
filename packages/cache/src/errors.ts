import { type Checksum, SeamlessError } from "@seamless/checksum";
import { optionChecks } from "@seamless/internal/option-checks";
import { oneLine } from "@seamless/internal/text";

/** Checks of options and arguments, which throw `INVALID_ARGUMENT`. */
export const checks = optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));

/** Makes the error for a call after `close()`. */
export function closedError(call: string, what: string): SeamlessError {
  return new SeamlessError("INVALID_STATE", `${call} after close(): the ${what} is closed`);
}

/** Makes the error for a `close()` with a wrong timeout, or one that ran out of time. */
export const closeError = (code: "INVALID_ARGUMENT" | "STORE_FAILED", message: string) =>
  new SeamlessError(code, message);

/** Makes the error for a store or a record that did not answer in time. */
export function timeoutError(store: string, timeout: number): SeamlessError {
  return new SeamlessError("STORE_FAILED", `no answer within ${timeout} ms`, { store });
}

/**
 * Wraps what a store threw that could not answer.
 *
 * @param operation - What it was doing: `get`.
 * @param cause - Why it failed.
 */
export function storeError(store: string, operation: string, checksum: Checksum, cause: unknown): SeamlessError {
  return new SeamlessError("STORE_FAILED", `${store} failed to ${operation} ${checksum.hex()}: ${oneLine(cause)}`, {
    checksum,
    store,
    cause,
  });
}

/** Sums up the errors of several stores that could not answer: none of them can say that the buffer is missing. */
export function storeErrors(checksum: Checksum, errors: readonly SeamlessError[]): SeamlessError {
  const [first] = errors;
  if (errors.length === 1 && first !== undefined) return first;
  const lines = errors.map((error) => `${error.store}: ${oneLine(error.cause)}`).join("; ");
  return new SeamlessError("STORE_FAILED", `${errors.length} stores failed to get ${checksum.hex()}: ${lines}`, {
    checksum,
    errors,
  });
}
