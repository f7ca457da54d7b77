import { type Checksum, type ErrorCode, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { oneLine } from "../resolve/failures.ts";

/**
 * Failures that another attempt would only repeat. A store that finds another checksum in bytes that were hashed right before
 * has another idea of checksums.
 */
const LASTING: ReadonlySet<ErrorCode> = new Set([
  "ACCESS_DENIED",
  "CHECKSUM_MISMATCH",
  "INVALID_ARGUMENT",
  "INVALID_STATE",
  "READ_ONLY",
  "TOO_LARGE",
  "UNSUPPORTED",
]);

/** How many buffers a message names; `errors` has them all. */
const NAMED = 5;

/** How deep to look for the cause of an error, which may lead in a circle. */
const DEPTH = 8;

/** Is there no use in trying again? Of a store that stands for several, if there is none for any that failed. */
export function isLasting(error: unknown, depth = DEPTH): boolean {
  if (error instanceof ChangedBuffer) return true;
  if (depth === 0 || !isSeamlessError(error)) return false;
  if (LASTING.has(error.code)) return true;
  const origins = error.errors ?? (error.cause === undefined ? [] : [error.cause]);
  return error.code === "STORE_FAILED" && origins.length > 0 && origins.every((one) => isLasting(one, depth - 1));
}

/** What was tried, for the message. */
export interface Attempts {
  readonly length: number;
  readonly attempts: number;
  /** Since the first failure, in milliseconds. */
  readonly time: number;
}

/** A buffer that is no longer what it was when it was registered: whoever owned the bytes has changed them. */
export class ChangedBuffer {
  readonly error: SeamlessError;

  constructor(checksum: Checksum, { message }: Error) {
    const what = `${checksum.hex()} was not written, since its bytes have been changed: ${message}`;
    this.error = new SeamlessError("CHECKSUM_MISMATCH", what, { checksum });
  }
}

/** A buffer that one store did not take. */
export function writeFailure(
  store: string,
  checksum: Checksum,
  { length, attempts, time }: Attempts,
  cause: unknown,
): SeamlessError {
  if (cause instanceof ChangedBuffer) return cause.error;
  const tried = attempts > 1 ? ` in ${attempts} attempts over ${Math.round(time / 1000)} s` : "";
  return new SeamlessError(
    "STORE_FAILED",
    `${store} did not take ${checksum.hex()} (${length} bytes)${tried}: ${oneLine(cause)}`,
    { checksum, store, cause },
  );
}

/**
 * All that could not be written, in one error.
 *
 * @param forgotten - Failures that are no longer listed, of buffers that another store has.
 */
export function writeFailures(errors: readonly SeamlessError[], forgotten: number, cause?: unknown): SeamlessError {
  const buffers = new Set(errors.map(({ checksum }) => checksum?.hex())).size;
  const what = buffers === 1 ? "a buffer was not written" : `${buffers} buffers were not written`;
  const lines = errors.slice(0, NAMED).map((error) => oneLine(error));
  if (errors.length > NAMED) lines.push(`and ${errors.length - NAMED} more in \`errors\``);
  if (forgotten > 0) lines.push(`and ${forgotten} more that another store has`);
  return new SeamlessError("STORE_FAILED", `${what}: ${lines.join("; ")}`, { errors, cause });
}
