import type { Celltype } from "@seamless/celltypes";
import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { optionChecks } from "@seamless/internal/option-checks";
import { messageOf } from "@seamless/internal/text";
import type { Step } from "./matrix/lookup.ts";
import type { Job } from "./route.ts";

/** The buffer does not convert, or could not be had; no buffer of this celltype converts; or a limit was reached. */
export type ConversionErrorCode = "CONVERSION_FAILED" | "CONVERSION_FORBIDDEN" | "TOO_LARGE";

/** Which conversion failed, and at which step. */
export interface ConversionErrorDetails {
  /** The checksum of the buffer to convert. */
  readonly checksum: Checksum;
  readonly source: Celltype;
  readonly target: Celltype;
  /** The step of the plan that failed; absent if it was `getBuffer` or the runtime that failed. */
  readonly step?: Step | undefined;
  readonly cause?: unknown;
}

/**
 * The error of a conversion that failed. `celltype` is the same as `source`. Match on `code`, or use
 * `ConversionError.isConversionError`, which also knows errors of other installed copies of the package; `instanceof` does
 * not.
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
  /** The step of the plan that failed; absent if it was `getBuffer` or the runtime that failed. */
  declare readonly step?: Step;

  /**
   * @param code - A stable code to match on.
   * @param reason - What went wrong. The message says which conversion it was, then the reason.
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

  /** Is it the error of a failed conversion, of this or another installed copy of the package? */
  static isConversionError(error: unknown): error is ConversionError {
    if (isSeamlessError(error, "CONVERSION_FAILED") || isSeamlessError(error, "CONVERSION_FORBIDDEN")) return true;
    // Errors of other packages have this code too.
    return isSeamlessError(error, "TOO_LARGE") && "source" in error && "target" in error;
  }
}
Object.defineProperty(ConversionError.prototype, "name", {
  value: "ConversionError",
  configurable: true,
  writable: true,
});

/** Makes the error of a conversion that failed before or after its steps. */
export function conversionError({ checksum, route: { source, target } }: Job, reason: string, cause: unknown) {
  return new ConversionError("CONVERSION_FAILED", reason, { checksum, source, target, cause });
}

/** Makes the error of a step that failed. A limit that was reached says nothing about the buffer, and keeps its code. */
export function stepError({ checksum, route: { source, target } }: Job, cause: unknown, step?: Step) {
  const code = isSeamlessError(cause, "TOO_LARGE") ? "TOO_LARGE" : "CONVERSION_FAILED";
  return new ConversionError(code, messageOf(cause), { checksum, source, target, step, cause });
}

/** @throws {ConversionError} `CONVERSION_FORBIDDEN` if there is no such conversion. */
export function failIfForbidden({ checksum, route: { source, target, forbidden } }: Job): void {
  if (forbidden === undefined) return;
  const details = { checksum, source, target, step: forbidden };
  throw new ConversionError("CONVERSION_FORBIDDEN", "there is no such conversion", details);
}

/** Checks of options and arguments. */
export const checks = optionChecks((message) => new SeamlessError("INVALID_ARGUMENT", message));
