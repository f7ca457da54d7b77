import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";

/** What anything threw, in one line of bounded length. */
export function oneLine(error: unknown, limit = 400): string {
  const text = error instanceof Error || isSeamlessError(error) ? error.message : String(error);
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}

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
