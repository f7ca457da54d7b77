import { type Checksum, type ErrorCode, isSeamlessError, SeamlessError } from "@seamless/checksum";

/** Exceptions of the browser that mean something special, by their name; any other is `STORE_FAILED`. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  QuotaExceededError: "DISK_FULL",
  // The database has a later version than this one knows.
  VersionError: "UNSUPPORTED",
  // Cookies are blocked, or the page has no origin of its own.
  SecurityError: "UNSUPPORTED",
};

/** What to do about it. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  DISK_FULL: "the browser grants no more space",
  UNSUPPORTED: "the browser does not allow it here, or a newer version of the package has made the database",
};

/** What happened, and to what. */
interface Context {
  /** What was tried: `read`, `write`. */
  readonly action: string;
  /** Name of the store. */
  readonly store: string;
  readonly checksum?: Checksum | undefined;
}

/** An exception of the browser as an error of ours; those of ours stay what they are. */
export function storageError(error: unknown, { action, store, checksum }: Context): SeamlessError {
  if (isSeamlessError(error)) return error;
  const name = exceptionName(error);
  const code = (Object.hasOwn(CODES, name) ? CODES[name] : undefined) ?? "STORE_FAILED";
  const what = checksum === undefined ? "" : ` ${checksum.hex()}`;
  const why = ADVICE[code] ?? (error instanceof Error ? error.message : String(error));
  return new SeamlessError(code, `${store}: cannot ${action}${what}: ${why}`, { cause: error, checksum, store });
}

/** The name of an exception, of any realm. */
export function exceptionName(error: unknown): string {
  const name = (error as { readonly name?: unknown } | null | undefined)?.name;
  return typeof name === "string" ? name : "";
}
