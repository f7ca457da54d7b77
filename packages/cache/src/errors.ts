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

/** What was tried, for the message. */
export interface Attempts {
  readonly length: number;
  readonly attempts: number;
  /** Since the first failure, in milliseconds. */
  readonly time: number;
  /** What a store did wrong, where the cause is that there is no time left. */
  readonly last?: unknown;
}

/** A buffer whose bytes were changed by their owner after it was registered. */
export class ChangedBuffer {
  readonly error: SeamlessError;

  constructor(checksum: Checksum, { message }: Error) {
    const what = `${checksum.hex()} was not written, since its bytes have been changed: ${message}`;
    this.error = new SeamlessError("CHECKSUM_MISMATCH", what, { checksum });
  }
}

/** Makes the error for a buffer that one store did not take. */
export function writeError(
  store: string,
  checksum: Checksum,
  { length, attempts, time, last }: Attempts,
  cause: unknown,
): SeamlessError {
  if (cause instanceof ChangedBuffer) return cause.error;
  const tried = attempts > 1 ? ` in ${attempts} attempts over ${Math.round(time / 1000)} s` : "";
  const why = last === undefined ? oneLine(cause) : `${oneLine(cause)}; last: ${oneLine(last)}`;
  return new SeamlessError(
    "STORE_FAILED",
    `${store} did not take ${checksum.hex()} (${length} bytes)${tried}: ${why}`,
    { checksum, store, cause: last ?? cause },
  );
}

/** How many buffers a message names; `errors` has them all. */
const NAMED = 5;

/**
 * Sums up all that could not be written in one error.
 *
 * @param forgotten - Failures that are no longer listed, of buffers that another store has.
 */
export function writeErrors(errors: readonly SeamlessError[], forgotten: number, cause?: unknown): SeamlessError {
  const buffers = new Set(errors.map(({ checksum }) => checksum?.hex())).size;
  const what = buffers === 1 ? "a buffer was not written" : `${buffers} buffers were not written`;
  const lines = errors.slice(0, NAMED).map((error) => oneLine(error));
  if (errors.length > NAMED) lines.push(`and ${errors.length - NAMED} more in \`errors\``);
  if (forgotten > 0) lines.push(`and ${forgotten} more that another store has`);
  return new SeamlessError("STORE_FAILED", `${what}: ${lines.join("; ")}`, { errors, cause });
}
