import type { Celltype } from "@seamless/celltypes";
import { type AbortOptions, type BufferLike, Checksum, type ChecksumLike, SeamlessError } from "@seamless/checksum";
import { readProven } from "@seamless/checksum/unsafe";
import { describe } from "@seamless/internal/text";
import { checks, failIfForbidden } from "./error.ts";
import { fetchProven, type GetBuffer, hashBuffer } from "./fetch.ts";
import type { TargetOf } from "./matrix/lookup.ts";
import { type Conversion, conversionMemo } from "./memo.ts";
import { type Job, type Route, routeOf } from "./route.ts";
import { checkRemembered, deliver, knownBytes, memoKey, retryWithCodeSupport, run, runOnce } from "./run.ts";

/** Options of `convert` and `convertBuffer`. An aborted conversion rejects at once, even if `getBuffer` never settles. */
export interface ConvertOptions extends AbortOptions {
  /**
   * Limit of a new buffer, in bytes; a larger one is `TOO_LARGE`. The size is computed before anything is made: a few bytes
   * of an `.npy` can announce any number of lists, and one long string makes an array of long strings.
   *
   * @default 64 × the size of the buffer that is converted, plus 1 MiB
   */
  readonly maxBytes?: number | undefined;
}

/**
 * Converts a buffer from one celltype to another: by its checksum alone where that is enough, else by its bytes.
 * A new buffer is registered with the runtime, if one is installed.
 *
 * @param checksum - The checksum of the buffer, which is taken to be of the source celltype.
 * @param getBuffer - Called only if a step needs bytes, and at most once. Unless they come with a proof, they are copied
 *   and hashed before they are used.
 * @returns the same checksum, or a new one together with its buffer. From `checksum`, the checksum in the buffer.
 * @throws {ConversionError} `CONVERSION_FAILED` with the cause; `CONVERSION_FORBIDDEN`; `TOO_LARGE` if the new buffer would be
 *   over `maxBytes`, or anything over a limit of the platform.
 * @throws {CacheMissError} if `getBuffer` has no buffer.
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` if it gives another buffer; `NO_CODE_SUPPORT` if code has to be read and
 *   `@seamless/python` is not installed; `INVALID_ARGUMENT`.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { convert } from "@seamless/conversion";
 * const buffer = new Buffer("42", "text");
 * const checksum = buffer.getChecksum();
 * const same = await convert(checksum, "text", "int", async () => buffer);
 * console.log(same.checksum.equals(checksum), same.buffer); // → true undefined
 * const made = await convert(checksum, "text", "str", async () => buffer);
 * console.log(await made.buffer.getValue("plain")); // → 42
 */
export async function convert<S extends Celltype>(
  checksum: ChecksumLike,
  source: S,
  target: TargetOf<S>,
  getBuffer: GetBuffer,
  options: ConvertOptions = {},
): Promise<Conversion> {
  const route = routeOf(source, target);
  const from = toChecksum(checksum);
  if (typeof getBuffer !== "function") {
    throw new SeamlessError("INVALID_ARGUMENT", `getBuffer must be a function, got ${describe(getBuffer)}`);
  }
  const { signal, maxBytes } = checked(options);
  if (isFree(route)) return { checksum: from };
  return convertByWork({ checksum: from, route, maxBytes }, getBuffer, signal);
}

/**
 * Converts a buffer that is at hand, as `convert` does. Asynchronous too, since reading code loads a Python parser first.
 *
 * @param buffer - A `Buffer`, or bytes, which are then hashed.
 * @returns the checksum, with a new buffer only if it is another one than the given.
 * @throws {ConversionError} `CONVERSION_FAILED` with the cause; `CONVERSION_FORBIDDEN`; `TOO_LARGE`.
 * @throws {SeamlessError} `NO_CODE_SUPPORT` if code has to be read and `@seamless/python` is not installed;
 *   `INVALID_ARGUMENT`.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { convertBuffer } from "@seamless/conversion";
 * const { buffer } = await convertBuffer(new Buffer([[1, 2.5]], "plain"), "plain", "binary");
 * console.log(await buffer.getValue("binary")); // → NdArray <f8 (1, 2) [1, 2.5]
 */
export async function convertBuffer<S extends Celltype>(
  buffer: Uint8Array | BufferLike,
  source: S,
  target: TargetOf<S>,
  options: ConvertOptions = {},
): Promise<Conversion> {
  const route = routeOf(source, target);
  const { signal, maxBytes } = checked(options);
  const { checksum, bytes } = await hashBuffer(buffer, signal);
  const job = { checksum, route, maxBytes };
  failIfForbidden(job);
  if (route.work.length === 0) return deliver(job, { checksum });
  return deliver(job, await retryWithCodeSupport(signal, () => runOnce(job, bytes, signal)));
}

/**
 * Tells whether `convert` would call its `getBuffer`. It does not for conversions that are trivial or forbidden, for those
 * to `checksum`, for null and booleans, which are known by their checksums, and for a result that is remembered
 * (`conversionMemo`).
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` for an unknown celltype, or if it is not a checksum.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { needsBuffer } from "@seamless/conversion";
 * const checksum = new Buffer([1, 2], "plain").getChecksum();
 * console.log(needsBuffer(checksum, "plain", "mixed")); // → false
 * console.log(needsBuffer(checksum, "plain", "text")); // → true
 */
export function needsBuffer(checksum: ChecksumLike, source: Celltype, target: Celltype): boolean {
  const route = routeOf(source, target);
  const job = { checksum: toChecksum(checksum), route, maxBytes: undefined };
  return route.needsBytes && knownBytes(job.checksum) === undefined && !conversionMemo.has(memoKey(job));
}

/** @throws {SeamlessError} `INVALID_ARGUMENT` for a wrong option. The signal's reason, if it is aborted. */
function checked(options: ConvertOptions): ConvertOptions {
  if (typeof options !== "object" || options === null) {
    throw new SeamlessError("INVALID_ARGUMENT", `options must be an object, got ${describe(options)}`);
  }
  const { signal, maxBytes } = options;
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function") {
    throw new SeamlessError("INVALID_ARGUMENT", `signal must be an AbortSignal, got ${describe(signal)}`);
  }
  signal?.throwIfAborted();
  if (maxBytes !== undefined) checks.bytes("maxBytes", maxBytes);
  return { signal, maxBytes };
}

function toChecksum(checksum: ChecksumLike): Checksum {
  return Checksum.isChecksum(checksum) ? checksum : new Checksum(checksum);
}

/** Is the result the same checksum, whatever is in the buffer? */
function isFree({ work, forbidden }: Route): boolean {
  return work.length === 0 && forbidden === undefined;
}

async function convertByWork(job: Job, getBuffer: GetBuffer, signal: AbortSignal | undefined): Promise<Conversion> {
  failIfForbidden(job);
  const bytes = job.route.needsBytes ? knownBytes(job.checksum) : undefined;
  if (bytes !== undefined || !job.route.needsBytes) {
    return deliver(job, await retryWithCodeSupport(signal, () => run(job, bytes, signal)));
  }
  const remembered = conversionMemo.get(memoKey(job));
  if (remembered !== undefined) return deliver(job, checkRemembered(job, remembered));
  const fetched = await fetchProven(job, getBuffer, signal);
  const result = await retryWithCodeSupport(signal, () => runOnce(job, readProven(fetched), signal));
  return deliver(job, result);
}
