import type { Celltype } from "@seamless/celltypes";
import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import type { Step } from "./matrix/lookup.ts";

/** Failed for what the buffer holds or how it was got; forbidden whatever it holds; or over a limit. */
export type ConversionErrorCode = "CONVERSION_FAILED" | "CONVERSION_FORBIDDEN" | "TOO_LARGE";

/** Which conversion failed, and where. */
export interface ConversionErrorDetails {
  /** Of the buffer that was to be converted. */
  readonly checksum: Checksum;
  readonly source: Celltype;
  readonly target: Celltype;
  /** The step of the plan that failed; none if it was no step, but getting the buffer. */
  readonly step?: Step | undefined;
  readonly cause?: unknown;
}

/**
 * A conversion that failed. `celltype` is that of the buffer, as `source`. Match on `code`, or with
 * `ConversionError.isConversionError`, which works across installed copies of the package; not with `instanceof`.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { ConversionError, convertBuffer } from "@seamless/conversion";
 * try {
 *   await convertBuffer(new Buffer({ a: 1 }, "plain"), "plain", "int");
 * } catch (error) {
 *   console.log(ConversionError.isConversionError(error), error.code, error.source, error.target);
 *   // → true CONVERSION_FAILED plain int
 * }
 */
export class ConversionError extends SeamlessError {
  declare readonly code: ConversionErrorCode;
  declare readonly checksum: Checksum;
  declare readonly celltype: Celltype;
  readonly source: Celltype;
  readonly target: Celltype;
  /** The step of the plan that failed; none if it was no step, but getting the buffer. */
  declare readonly step?: Step;

  /**
   * @param code - Stable code.
   * @param reason - What went wrong; the message says before it which conversion.
   */
  constructor(code: ConversionErrorCode, reason: string, details: ConversionErrorDetails) {
    const { checksum, source, target, step, cause } = details;
    const isAll = step === undefined || (step.source === source && step.target === target);
    const where = isAll ? "" : `, in the step from ${step.source} to ${step.target}`;
    super(code, `cannot convert ${checksum.hex()} from ${source} to ${target}${where}: ${reason}`, {
      checksum,
      celltype: source,
      cause,
    });
    this.source = source;
    this.target = target;
    if (step !== undefined) this.step = step;
  }

  /** Is it a failed conversion, of this or another installed copy of the package? */
  static isConversionError(error: unknown): error is ConversionError {
    if (isSeamlessError(error, "CONVERSION_FAILED") || isSeamlessError(error, "CONVERSION_FORBIDDEN")) return true;
    // Other packages have limits too.
    return isSeamlessError(error, "TOO_LARGE") && "source" in error && "target" in error;
  }
}
Object.defineProperty(ConversionError.prototype, "name", {
  value: "ConversionError",
  configurable: true,
  writable: true,
});

/** What an error says, or what was thrown instead of one. */
export function messageOf(error: unknown): string {
  return error instanceof Error || isSeamlessError(error) ? error.message : String(error);
}
