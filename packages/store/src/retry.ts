import { type ErrorCode, isSeamlessError } from "@seamless/checksum";

/**
 * What another attempt may change. `passes`: the failure may go away, try again; `lasts`: it does not; `inside`: the errors that
 * it sums up, or else its cause, decide.
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
  // An administrator has to allow it; until then every attempt fails.
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

/**
 * Whether the failure of a store would only repeat itself, so that there is no use in trying again: a mistake, a limit, what
 * is not allowed or not supported. The background writer (`StoreQueue`, which also gives up what may pass, after
 * a time) and the commands ask it before each retry. What it does not know may pass.
 *
 * @param error - What a method of a store threw. For `STORE_FAILED`, `INDEX_FAILED` and `IO_ERROR`, their `errors` (all of
 *   them) or else their `cause` decide.
 *
 * @example
 * import { SeamlessError } from "@seamless/checksum";
 * import { isLasting } from "@seamless/store";
 * const denied = new SeamlessError("ACCESS_DENIED", "a token is needed");
 * console.log(isLasting(new SeamlessError("STORE_FAILED", "put failed", { cause: denied }))); // → true
 * console.log(isLasting(new SeamlessError("STORE_FAILED", "connection refused"))); // → false
 */
export function isLasting(error: unknown): boolean {
  return isLastingWithin(error, DEPTH);
}

function isLastingWithin(error: unknown, depth: number): boolean {
  if (!isSeamlessError(error)) return isRawLasting(error);
  // Of a newer copy of the package there may be codes that are not in the table.
  const prospect: Prospect | undefined = PROSPECTS[error.code];
  if (prospect === "lasts") return true;
  if (prospect !== "inside" || depth === 0) return false;
  const { errors = [], cause } = error;
  if (errors.length > 0) return errors.every((each) => isLastingWithin(each, depth - 1));
  return cause !== undefined && isLastingWithin(cause, depth - 1);
}

/** The same for an error that is not a `SeamlessError`. */
function isRawLasting(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { name, code, message, cause } = error as Partial<Record<"name" | "code" | "message" | "cause", unknown>>;
  if (typeof code === "string") return LASTING_SYSTEM_CODES.has(code);
  const text = typeof message === "string" ? message : "";
  if (typeof name !== "string") return false;
  if (LASTING_NAMES.has(name) || /\bnot (yet )?implemented\b/i.test(text)) return true;
  return MISTAKES.has(name) && cause === undefined && !(name === "TypeError" && NETWORK.test(text));
}
