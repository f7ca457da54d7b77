import { Buffer, type Celltype, defaultMaxBytes, loadCodeSupport } from "@seamless/celltypes";
import { Checksum, currentRuntime, isSeamlessError } from "@seamless/checksum";
import { proveOwnedInSlices } from "@seamless/checksum/unsafe";
import { untilAborted } from "@seamless/internal/abort";
import { equalBytes } from "@seamless/internal/bytes";
import { createShortTexts } from "@seamless/internal/short-texts";
import { messageOf } from "@seamless/internal/text";
import { conversionError, stepError } from "./error.ts";
import { type Conversion, conversionMemo } from "./memo.ts";
import type { Job, Work } from "./route.ts";
import { failIfTooLarge } from "./rules/rule.ts";

/** Null as `null` and as `null\n`, and the celltypes to which that is null; to the others it is ordinary text or bytes. */
const NULLS = ["null", "null\n"];
const READ_NULL: ReadonlySet<Celltype> = new Set(["binary", "mixed", "plain", "str", "int", "float", "bool"]);

/** Null and the booleans, with and without the final newline, by their checksums. */
const shortTexts = createShortTexts(["null", "true", "false"], (bytes) => Checksum.of(bytes).hex());

/** The bytes of null and the booleans, which are known by their checksums. They must not be changed. */
export function knownBytes(checksum: Checksum): Uint8Array | undefined {
  return shortTexts(checksum.hex())?.bytes;
}

/** Is it null, and null again as the target? As any celltype but `checksum`, null becomes itself. */
function staysNull(checksum: Checksum, source: Celltype, target: Celltype): boolean {
  return READ_NULL.has(source) && target !== "checksum" && NULLS.includes(shortTexts(checksum.hex())?.text ?? "");
}

/** The key of a job in the memo. */
export function memoKey({ checksum, route }: Job): string {
  return `${checksum.hex()} ${route.source} ${route.target}`;
}

/**
 * Does the steps of a job, each with the bytes that the step before has made. Then it hashes the new buffer, in slices
 * between which other work runs.
 *
 * @param bytes - The proven bytes of the buffer, which nobody can change; `undefined` if no rule needs them.
 * @throws {ConversionError} if a step fails.
 * @throws {SeamlessError} `NO_CODE_SUPPORT`, as it is. The signal's reason, if that is aborted.
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
    // Bytes that spell null, but were made by an earlier step, are not the null that was given.
    if (staysNull(job.checksum, work.step.source, work.step.target) && sameBytes(current, bytes)) continue;
    const outcome = perform(job, work, current, maxBytes);
    // In no plan does a step follow one that gives a checksum.
    if (Checksum.isChecksum(outcome)) return { checksum: outcome };
    current = outcome ?? current;
  }
  if (current === undefined || current === bytes) return { checksum: job.checksum };
  // A rule may give a part of the bytes that it was given, which belong to others.
  const made = current.buffer === bytes?.buffer ? new Uint8Array(current) : current;
  const buffer = new Buffer(await proveOwnedInSlices(made, { signal }));
  const checksum = buffer.getChecksum();
  return checksum.equals(job.checksum) ? { checksum: job.checksum } : { checksum, buffer };
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && equalBytes(a, b));
}

function perform(job: Job, { step, rule }: Work, bytes: Uint8Array | undefined, maxBytes: number) {
  try {
    const outcome = rule.needs === "checksum" ? rule.apply(job.checksum) : rule.apply(bytes!, maxBytes);
    if (outcome instanceof Uint8Array) failIfTooLarge(outcome.length, maxBytes);
    return outcome;
  } catch (cause) {
    if (wantsCodeSupport(cause)) throw cause;
    throw stepError(job, cause, step);
  }
}

/**
 * Does work that may fail for want of `@seamless/python`: then it loads that, and does the work once more. Work that reads
 * no code never waits for it.
 */
export async function retryWithCodeSupport<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!wantsCodeSupport(error)) throw error;
  }
  await untilAborted(loadCodeSupport(), signal);
  return work();
}

const wantsCodeSupport = (error: unknown): boolean => isSeamlessError(error, "NO_CODE_SUPPORT");

/** Registers a new buffer with the runtime, and copies the result, so that no caller changes what the memo has. */
export function deliver(job: Job, { checksum, buffer }: Conversion): Conversion {
  if (buffer === undefined) return { checksum };
  try {
    currentRuntime()?.register(buffer);
  } catch (cause) {
    throw conversionError(job, `the runtime does not take the new buffer: ${messageOf(cause)}`, cause);
  }
  return { checksum, buffer };
}

/**
 * Gives the remembered result of a job, or runs the job and remembers its result. A result that is over the default limit
 * is not remembered: only the option `maxBytes` allows it.
 */
export async function runOnce(job: Job, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<Conversion> {
  const key = memoKey(job);
  const remembered = conversionMemo.get(key);
  if (remembered !== undefined) return checkRemembered(job, remembered);
  const result = await run(job, bytes, signal);
  if ((result.buffer?.length ?? 0) <= defaultMaxBytes(bytes.length)) conversionMemo.set(key, result);
  return result;
}

/** @throws {ConversionError} `TOO_LARGE` if a remembered buffer is over the limit of the job. */
export function checkRemembered(job: Job, result: Conversion): Conversion {
  try {
    if (result.buffer !== undefined) failIfTooLarge(result.buffer.length, job.maxBytes ?? Infinity);
  } catch (cause) {
    throw stepError(job, cause);
  }
  return result;
}
