import { Buffer, defaultMaxBytes, loadCodeSupport } from "@seamless/celltypes";
import { Checksum, currentRuntime, isSeamlessError } from "@seamless/checksum";
import { proveOwnedInSlices } from "@seamless/checksum/unsafe";
import { untilAborted } from "@seamless/internal/abort";
import { ConversionError, messageOf } from "./error.ts";
import { staysNull } from "./known.ts";
import { type Conversion, conversionMemo } from "./memo.ts";
import type { Route, Work } from "./route.ts";
import { failIfTooLarge } from "./rules/rule.ts";

/** One conversion of one buffer. */
export interface Job {
  readonly checksum: Checksum;
  readonly route: Route;
  /** How long a new buffer may be; by default in proportion to the old one. */
  readonly maxBytes: number | undefined;
}

/** Where the memo has the result of a job. */
export function memoKey({ checksum, route }: Job): string {
  return `${checksum.hex()} ${route.source} ${route.target}`;
}

/**
 * Do the steps, each with what the one before has made. Then the new buffer is hashed in slices between which others run.
 *
 * @param bytes - Of the checksum, which has been verified; none if no rule needs them. Nobody can change them.
 * @throws {ConversionError} if a step fails; `NO_CODE_SUPPORT` passes. The signal's reason when it is aborted.
 */
export async function run(
  job: Job,
  bytes: Uint8Array | undefined,
  signal: AbortSignal | undefined,
): Promise<Conversion> {
  if (staysNull(job.checksum, job.route.source, job.route.target)) return { checksum: job.checksum };
  const maxBytes = job.maxBytes ?? defaultMaxBytes(bytes?.length ?? 0);
  let current = bytes;
  for (const work of job.route.work) {
    // Null that comes out on the way of something else is not the null that was given.
    if (staysNull(job.checksum, work.step.source, work.step.target) && sameBytes(current, bytes)) continue;
    const outcome = perform(job, work, current, maxBytes);
    // A reference is never followed by a further step.
    if (Checksum.isChecksum(outcome)) return { checksum: outcome };
    current = outcome ?? current;
  }
  if (current === undefined || current === bytes) return { checksum: job.checksum };
  // A rule may give a part of what it was given, which is not ours.
  const made = current.buffer === bytes?.buffer ? new Uint8Array(current) : current;
  const buffer = new Buffer(await proveOwnedInSlices(made, { signal }));
  const checksum = buffer.getChecksum();
  return checksum.equals(job.checksum) ? { checksum: job.checksum } : { checksum, buffer };
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a?.length === b?.length && a?.every((byte, i) => byte === b?.[i]) === true);
}

function perform(job: Job, { step, rule }: Work, bytes: Uint8Array | undefined, maxBytes: number) {
  try {
    const outcome = rule.needs === "checksum" ? rule.apply(job.checksum) : rule.apply(bytes!, maxBytes);
    if (outcome instanceof Uint8Array) failIfTooLarge(outcome.length, maxBytes);
    return outcome;
  } catch (cause) {
    if (wantsCodeSupport(cause)) throw cause;
    throw stepFailure(job, cause, step);
  }
}

/** The error for a conversion that failed before or after its steps. */
export function failure({ checksum, route: { source, target } }: Job, reason: string, cause: unknown) {
  return new ConversionError("CONVERSION_FAILED", reason, { checksum, source, target, cause });
}

/** The error for a step that failed; what broke a limit is no verdict on the buffer, and keeps its code. */
function stepFailure({ checksum, route: { source, target } }: Job, cause: unknown, step?: Work["step"]) {
  const code = isSeamlessError(cause, "TOO_LARGE") ? "TOO_LARGE" : "CONVERSION_FAILED";
  return new ConversionError(code, messageOf(cause), { checksum, source, target, step, cause });
}

/**
 * @throws {ConversionError} `CONVERSION_FORBIDDEN` if there is no such conversion.
 */
export function refuseForbidden({ checksum, route: { source, target, forbidden } }: Job): void {
  if (forbidden === undefined) return;
  const details = { checksum, source, target, step: forbidden };
  throw new ConversionError("CONVERSION_FORBIDDEN", "there is no such conversion", details);
}

/**
 * Do work that may turn out to need `@seamless/python`; then that is loaded, and the work done once more. What needs no
 * verdict on code never waits for it.
 */
export async function withCodeSupport<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!wantsCodeSupport(error)) throw error;
  }
  await untilAborted(loadCodeSupport(), signal);
  return work();
}

const wantsCodeSupport = (error: unknown): boolean => isSeamlessError(error, "NO_CODE_SUPPORT");

/** A result as it is given out: a new buffer is made known to the runtime, and the object is the caller's own. */
export function deliver(job: Job, { checksum, buffer }: Conversion): Conversion {
  if (buffer === undefined) return { checksum };
  try {
    currentRuntime()?.register(buffer);
  } catch (cause) {
    throw failure(job, `the runtime does not take the new buffer: ${messageOf(cause)}`, cause);
  }
  return { checksum, buffer };
}

/**
 * The result of a job, remembered or done now and remembered; but not what only an option allows, and a later conversion
 * without it would not make.
 */
export async function runOnce(job: Job, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<Conversion> {
  const key = memoKey(job);
  const known = conversionMemo.get(key);
  if (known !== undefined) return checkRemembered(job, known);
  const result = await run(job, bytes, signal);
  if ((result.buffer?.length ?? 0) <= defaultMaxBytes(bytes.length)) conversionMemo.set(key, result);
  return result;
}

/**
 * @throws {ConversionError} `TOO_LARGE` if the job's own limit is below what is remembered.
 */
export function checkRemembered(job: Job, result: Conversion): Conversion {
  try {
    if (result.buffer !== undefined) failIfTooLarge(result.buffer.length, job.maxBytes ?? Infinity);
  } catch (cause) {
    throw stepFailure(job, cause);
  }
  return result;
}
