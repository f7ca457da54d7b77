import { hasBrand } from "@seamless/internal/brand";
import { type BytesLike, bytesViewer } from "@seamless/internal/bytes";
import type { Checksum } from "./checksum.ts";

/**
 * Every code that an error of this family can have, in all packages. Codes are stable: match on them, not on messages.
 * Packages further up add theirs here, so that one table shows them all.
 */
export type ErrorCode =
  /** A wrong argument: a type, a value, an unknown celltype. */
  | "INVALID_ARGUMENT"
  /** A call that comes too late or too early, such as `update` after `digest`. */
  | "INVALID_STATE"
  /** A value that a celltype has no form for; `path` leads to it. */
  | "INVALID_VALUE"
  /** A buffer that is not of the celltype it is read as; `offset` is where. */
  | "INVALID_BUFFER"
  /** Reading a code cell needs `@seamless/python`. */
  | "NO_CODE_SUPPORT"
  /** A conversion between celltypes that failed; `cause` says why. */
  | "CONVERSION_FAILED"
  /** No buffer of this celltype converts to that one. */
  | "CONVERSION_FORBIDDEN"
  /** Text that should be a checksum and is not. */
  | "INVALID_CHECKSUM"
  /** A directory index that breaks its format. */
  | "INVALID_INDEX"
  /** A file name that an index cannot hold. */
  | "INVALID_NAME"
  /** No runtime is installed. */
  | "NO_RUNTIME"
  /** No cache or store has the buffer: proven absence, never a failure to look. */
  | "CACHE_MISS"
  /** Bytes that do not have the checksum they were asked for by. */
  | "CHECKSUM_MISMATCH"
  /** A store, or a record, could not answer or keep: never a miss. `store` names it, `cause` or `errors` say why. */
  | "STORE_FAILED"
  /** A store, or a proxy before it, wants other credentials (401), or none will do (403). Another attempt changes nothing. */
  | "ACCESS_DENIED"
  /** A transformation calls a function that is not registered. */
  | "UNKNOWN_FUNCTION"
  /** The function of a transformation threw, or gave what its output celltype has no form for. */
  | "TRANSFORMATION_FAILED"
  /** A transformation that ran again gave another result than the recorded one: its function is not pure. */
  | "NOT_REPRODUCIBLE"
  | "NOT_FOUND"
  | "NOT_A_FILE"
  | "NOT_A_DIRECTORY"
  | "PERMISSION_DENIED"
  | "READ_ONLY"
  | "DISK_FULL"
  /** The file changed while it was read. */
  | "FILE_CHANGED"
  /** Any other failure of the operating system; `cause` has it. */
  | "IO_ERROR"
  /** Several files of one directory failed; `errors` has one error each. */
  | "INDEX_FAILED"
  /** A limit of the platform or of an option; the message has the limit. */
  | "TOO_LARGE"
  /** Not available on this platform, or of this server. */
  | "UNSUPPORTED";

/** Where an error happened and what led to it; every field is optional. */
export interface ErrorDetails {
  readonly cause?: unknown;
  /** The buffer that the error is about. */
  readonly checksum?: Checksum | undefined;
  readonly celltype?: string | undefined;
  /** Path into the value: keys and list indexes from the top. */
  readonly path?: readonly (string | number)[] | undefined;
  /** Offset into the buffer, in bytes. */
  readonly offset?: number | undefined;
  /** Line and column in a text, counted from 1; the column in characters. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** The file that the error is about. */
  readonly file?: string | undefined;
  /** The name of the store that the error is about. */
  readonly store?: string | undefined;
  /** The checksum of the transformation that the error is about. */
  readonly transformation?: Checksum | undefined;
  /** The single failures that this error sums up. */
  readonly errors?: readonly SeamlessError[] | undefined;
}

/**
 * What an error of a code always has, in all packages: the fields that `isSeamlessError(error, code)` narrows it to. Every
 * place that throws such an error, or another with its code, gives them.
 */
export interface ErrorFields {
  /** The buffer that is missing. */
  readonly CACHE_MISS: { readonly checksum: Checksum };
  /** The checksum that the bytes were asked for by. */
  readonly CHECKSUM_MISMATCH: { readonly checksum: Checksum };
  /** The buffer to convert. */
  readonly CONVERSION_FAILED: { readonly checksum: Checksum };
  /** The buffer to convert. */
  readonly CONVERSION_FORBIDDEN: { readonly checksum: Checksum };
  /** The result that is recorded. */
  readonly NOT_REPRODUCIBLE: { readonly checksum: Checksum };
  /** The transformation that calls the function. */
  readonly UNKNOWN_FUNCTION: { readonly transformation: Checksum };
  readonly TRANSFORMATION_FAILED: { readonly transformation: Checksum };
  /** The file that should hold a checksum. */
  readonly INVALID_CHECKSUM: { readonly file: string };
  /** The directory. */
  readonly INDEX_FAILED: { readonly file: string };
}

/** An error of one code, with the fields that all of this code have. */
export type SeamlessErrorOf<C extends ErrorCode> = SeamlessError & { readonly code: C } & (C extends keyof ErrorFields
    ? ErrorFields[C]
    : unknown);

// A registered symbol, so that errors of another installed copy are recognised too.
const BRAND = Symbol.for("@seamless/error");

/**
 * The one error family of all packages.
 *
 * @example
 * import { Checksum, isSeamlessError } from "@seamless/checksum";
 * try {
 *   new Checksum("not hex");
 * } catch (error) {
 *   console.log(isSeamlessError(error, "INVALID_ARGUMENT")); // → true
 * }
 */
export class SeamlessError extends Error {
  readonly code: ErrorCode;
  // Declared only: a field that was not given is not there, and does not clutter what Node prints.
  declare readonly checksum?: Checksum;
  declare readonly celltype?: string;
  declare readonly path?: readonly (string | number)[];
  declare readonly offset?: number;
  declare readonly line?: number;
  declare readonly column?: number;
  declare readonly file?: string;
  declare readonly store?: string;
  declare readonly transformation?: Checksum;
  declare readonly errors?: readonly SeamlessError[];

  /**
   * @param code - Stable code.
   * @param message - What went wrong, where, and what to do about it.
   * @param details - Typed fields of the error.
   */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { cause, ...fields } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined) Object.defineProperty(this, name, { value, enumerable: true });
    }
  }

  get [BRAND](): true {
    return true;
  }
}
Object.defineProperty(SeamlessError.prototype, "name", { value: "SeamlessError", configurable: true, writable: true });

/** No cache or store has the buffer of this checksum. A store that failed to answer is never a miss. */
export class CacheMissError extends SeamlessError {
  declare readonly checksum: Checksum;

  /**
   * @param checksum - The checksum that was looked for.
   * @param message - By default says that no cache or store has it.
   */
  constructor(checksum: Checksum, message?: string, details: ErrorDetails = {}) {
    super("CACHE_MISS", message ?? `no cache or store has the buffer ${checksum.hex()}`, { ...details, checksum });
  }
}
Object.defineProperty(CacheMissError.prototype, "name", {
  value: "CacheMissError",
  configurable: true,
  writable: true,
});

/**
 * Is this an error of the Seamless family? Works across installed copies of the packages.
 *
 * @param error - Anything that was thrown.
 */
export function isSeamlessError(error: unknown): error is SeamlessError;
/**
 * Is this an error of the Seamless family, and of this code? It then has the fields of `ErrorFields` too.
 *
 * @param error - Anything that was thrown.
 * @param code - The code that it must have.
 *
 * @example
 * import { CacheMissError, Checksum, isSeamlessError } from "@seamless/checksum";
 * const error = new CacheMissError(Checksum.of(new Uint8Array()));
 * if (isSeamlessError(error, "CACHE_MISS")) console.log(error.checksum.hex().slice(0, 8)); // → e3b0c442
 */
export function isSeamlessError<C extends ErrorCode>(error: unknown, code: C): error is SeamlessErrorOf<C>;
export function isSeamlessError(error: unknown, code?: ErrorCode): boolean {
  return hasBrand(error, BRAND) && (code === undefined || (error as SeamlessError).code === code);
}

/**
 * A `Uint8Array` on the same memory.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes; nor are other typed arrays, since the bytes of their
 * elements depend on the machine.
 */
export const asBytes: (value: BytesLike) => Uint8Array = /* @__PURE__ */ bytesViewer(
  (message) => new SeamlessError("INVALID_ARGUMENT", message),
);
