import { type Checksum, SeamlessError } from "@seamless/checksum";
import { oneLine } from "@seamless/internal/text";

/**
 * A store that could not answer.
 *
 * @param what - What it was doing: `get`.
 * @param cause - Why it failed.
 */
export function storeFailure(store: string, what: string, checksum: Checksum, cause: unknown): SeamlessError {
  return new SeamlessError("STORE_FAILED", `${store} failed to ${what} ${checksum.hex()}: ${oneLine(cause)}`, {
    checksum,
    store,
    cause,
  });
}

/** Several stores that could not answer, none of which can say that the buffer is missing. */
export function storeFailures(checksum: Checksum, errors: readonly SeamlessError[]): SeamlessError {
  const [first] = errors;
  if (errors.length === 1 && first !== undefined) return first;
  const lines = errors.map((error) => `${error.store}: ${oneLine(error.cause)}`).join("; ");
  return new SeamlessError("STORE_FAILED", `${errors.length} stores failed to get ${checksum.hex()}: ${lines}`, {
    checksum,
    errors,
  });
}
