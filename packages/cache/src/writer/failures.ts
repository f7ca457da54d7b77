import { type Checksum, SeamlessError } from "@seamless/checksum";
import { oneLine } from "@seamless/internal/text";

/** How many buffers a message names; `errors` has them all. */
const NAMED = 5;

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
