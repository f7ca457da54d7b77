import { type Checksum, type ErrorCode, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { oneLine } from "@seamless/internal/text";

/**
 * What another attempt may change: `passes`: it may go away, and is tried again; `lasts`: it does not, and is not; `inside`: the
 * errors that it sums up, or else its cause, decide.
 */
type Prospect = "passes" | "lasts" | "inside";

const PROSPECTS: Readonly<Record<ErrorCode, Prospect>> = {
  // The same call with the same bytes.
  INVALID_ARGUMENT: "lasts",
  INVALID_VALUE: "lasts",
  INVALID_BUFFER: "lasts",
  INVALID_CHECKSUM: "lasts",
  INVALID_INDEX: "lasts",
  INVALID_NAME: "lasts",
  CONVERSION_FAILED: "lasts",
  CONVERSION_FORBIDDEN: "lasts",
  // Closed for good.
  INVALID_STATE: "lasts",
  // The program is made like that: what it lacks, or what its functions do.
  NO_CODE_SUPPORT: "lasts",
  NO_RUNTIME: "lasts",
  UNSUPPORTED: "lasts",
  UNKNOWN_FUNCTION: "lasts",
  TRANSFORMATION_FAILED: "lasts",
  NOT_REPRODUCIBLE: "lasts",
  // An administrator has to allow it; then `flush()` tries again.
  ACCESS_DENIED: "lasts",
  PERMISSION_DENIED: "lasts",
  READ_ONLY: "lasts",
  // Something else lies there by that name.
  NOT_A_FILE: "lasts",
  NOT_A_DIRECTORY: "lasts",
  // Neither limits nor buffers change.
  TOO_LARGE: "lasts",
  // Of bytes that were hashed right before: the store has another idea of checksums.
  CHECKSUM_MISMATCH: "lasts",
  // A buffer or a file that was removed meanwhile; a disk that is mounted again.
  CACHE_MISS: "passes",
  NOT_FOUND: "passes",
  FILE_CHANGED: "passes",
  // Space may be freed.
  DISK_FULL: "passes",
  STORE_FAILED: "inside",
  INDEX_FAILED: "inside",
  IO_ERROR: "inside",
};

/** Errors of the system that are those of a store as it is, by its code; any other may pass. */
const LASTING_SYSTEM_CODES: ReadonlySet<string> = new Set([
  "EACCES",
  "EINVAL",
  "EISDIR",
  "ENAMETOOLONG",
  "ENOSYS",
  "ENOTDIR",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EPERM",
  "EROFS",
  "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM",
  "ERR_METHOD_NOT_IMPLEMENTED",
]);

/** Mistakes in the code of a store, by the name of the class, which may be of another realm. */
const MISTAKES: ReadonlySet<string> = new Set([
  "TypeError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "EvalError",
]);

/** Of exceptions of the platform. */
const LASTING_NAMES: ReadonlySet<string> = new Set(["NotSupportedError", "SecurityError", "DataCloneError"]);

/** `fetch` throws a TypeError also when the network fails: with a cause in Node, in the words of each browser elsewhere. */
const NETWORK = /fetch|network|load failed|connection/i;

/** Errors inside errors that are looked at. */
const DEPTH = 8;

/** How many buffers a message names; `errors` has them all. */
const NAMED = 5;

/** Whether there is no use in trying again. What may pass is tried until the patience of `StoreQueue` is over. */
export function isLasting(error: unknown, depth = DEPTH): boolean {
  if (error instanceof ChangedBuffer) return true;
  if (!isSeamlessError(error)) return isRawLasting(error);
  // Of a newer copy of the package there may be codes that are not in the table.
  const prospect: Prospect | undefined = PROSPECTS[error.code];
  if (prospect === "lasts") return true;
  if (prospect !== "inside" || depth === 0) return false;
  const { errors = [], cause } = error;
  if (errors.length > 0) return errors.every((each) => isLasting(each, depth - 1));
  return cause !== undefined && isLasting(cause, depth - 1);
}

/** The same for an error that is no `SeamlessError`. */
function isRawLasting(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { name, code, message, cause } = error as Partial<Record<"name" | "code" | "message" | "cause", unknown>>;
  if (typeof code === "string") return LASTING_SYSTEM_CODES.has(code);
  const text = typeof message === "string" ? message : "";
  if (typeof name !== "string") return false;
  if (LASTING_NAMES.has(name) || /\bnot (yet )?implemented\b/i.test(text)) return true;
  return MISTAKES.has(name) && cause === undefined && !(name === "TypeError" && NETWORK.test(text));
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
