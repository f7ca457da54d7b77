import {
  CacheMissError,
  type Checksum,
  type ErrorCode,
  type ErrorDetails,
  isSeamlessError,
  SeamlessError,
} from "@seamless/checksum";
import { describe, oneLine } from "@seamless/internal/text";
import type { Transformation } from "./transformation.ts";

/** How many ways a message names; `errors` has all of them. */
const SHOWN = 5;

/** Where a chain of transformations broke: what a message should say, however long the chain. */
const roots = new WeakMap<SeamlessError, SeamlessError>();

/** One of the family, and of the class that goes with its code. */
function make(code: ErrorCode, checksum: Checksum, message: string, details: ErrorDetails): SeamlessError {
  if (code === "CACHE_MISS") return new CacheMissError(checksum, message, details);
  return new SeamlessError(code, message, { ...details, checksum });
}

/** Why one transformation could not make a buffer: always with the transformation. */
export function candidateFailure(transformation: Transformation, error: unknown): SeamlessError {
  const known = isSeamlessError(error);
  const name = `${describe(transformation.function)} (transformation ${transformation.getChecksum().hex()})`;
  const details = { cause: error, transformation: transformation.getChecksum() };
  const message = `${name}: ${oneLine(error, 1000)}`;
  const failure =
    known && error.checksum !== undefined
      ? make(error.code, error.checksum, message, details)
      : new SeamlessError(known ? error.code : "TRANSFORMATION_FAILED", message, details);
  roots.set(failure, (known && roots.get(error)) || failure);
  return failure;
}

/** An input that nobody has, and that cannot be made. */
export function inputFailure(name: string, checksum: Checksum, error: SeamlessError): SeamlessError {
  const root = roots.get(error) ?? error;
  const message = `input ${describe(name)} (${checksum.hex()}) cannot be had: ${oneLine(root, 800)}`;
  const failure = make(error.code, checksum, message, { cause: error });
  roots.set(failure, root);
  return failure;
}

/** A function that is not pure. */
export function notReproducible(wanted: Checksum, found: Checksum): SeamlessError {
  return new SeamlessError("NOT_REPRODUCIBLE", `it gave ${found.hex()} this time, and ${wanted.hex()} before`, {
    checksum: wanted,
  });
}

/** A transformation that needs, in the end, its own result. */
export function cycle(checksum: Checksum): SeamlessError {
  return new CacheMissError(checksum, `making ${checksum.hex()} needs ${checksum.hex()} itself`);
}

/** One of the two bounds on the work of a fingertip. */
export function tooMuch(checksum: Checksum, message: string): SeamlessError {
  return new SeamlessError("TOO_LARGE", message, { checksum });
}

/**
 * A buffer that nobody has and that cannot be made: a miss, unless some store or record failed to answer.
 *
 * @param missing - Why it could not be resolved.
 * @param failures - Why each candidate failed.
 */
export function unobtainable(
  checksum: Checksum,
  missing: SeamlessError,
  failures: readonly SeamlessError[],
): SeamlessError {
  const unproven = [missing, ...failures].some(({ code }) => code === "STORE_FAILED");
  const shown = failures.slice(0, SHOWN).map((failure) => oneLine(failure, 800));
  if (failures.length > SHOWN) shown.push(`${failures.length - SHOWN} more ways failed`);
  const ways = failures.length === 0 ? "no transformation is recorded that gave it" : shown.join("; ");
  const message = `${oneLine(missing, 800)}; to make it again: ${ways}`;
  const error = make(unproven ? "STORE_FAILED" : "CACHE_MISS", checksum, message, {
    cause: missing,
    errors: failures,
    store: missing.store,
  });
  const [first] = failures;
  roots.set(error, first === undefined ? error : (roots.get(first) ?? first));
  return error;
}
