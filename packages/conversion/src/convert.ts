import type { Celltype } from "@seamless/celltypes";
import { Checksum, type ChecksumLike, SeamlessError } from "@seamless/checksum";
import { readProven } from "@seamless/checksum/unsafe";
import { describe } from "@seamless/internal/text";
import { signalOf } from "./abort.ts";
import { fetchProven, type GetBuffer } from "./fetch.ts";
import { knownBytes } from "./known.ts";
import { maxBytesOf } from "./limit.ts";
import type { TargetOf } from "./matrix/lookup.ts";
import { type Conversion, conversionMemo } from "./memo.ts";
import { type Route, routeOf } from "./route.ts";
import { checkRemembered, deliver, type Job, memoKey, refuseForbidden, run, runOnce, withCodeSupport } from "./run.ts";

export interface ConvertOptions {
  /** Gives up when aborted; rejects with the signal's reason, also while `getBuffer` does not settle. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long a new buffer may be, in bytes; over it is `TOO_LARGE`. It is counted before anything is made: a few bytes of an
   * `.npy` announce any number of lists, one long string makes an array of long ones.
   *
   * @default 64 × the size of the buffer that is converted, plus 1 MiB
   */
  readonly maxBytes?: number | undefined;
}

/**
 * Convert a buffer from one celltype to another: by its checksum alone wherever that is enough, else by its bytes.
 * A new buffer is registered with the runtime, if one is installed.
 *
 * @param checksum - Of the buffer, which is taken to be of the source celltype.
 * @param getBuffer - Called only when a rule needs bytes, and once at most. Unless they come with a proof, they are copied and hashed
 *   before they are used.
 * @returns the same checksum, or that of a new buffer together with it. From `checksum`, the checksum that is stored.
 * @throws {ConversionError} `CONVERSION_FAILED` with the cause; `CONVERSION_FORBIDDEN`; `TOO_LARGE` if the new buffer would be
 *   over `maxBytes`, or anything over a limit of the platform.
 * @throws {CacheMissError} if `getBuffer` has no buffer.
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` if it has the wrong one; `NO_CODE_SUPPORT` if code has to be read and
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
  const signal = signalOf(options);
  const maxBytes = maxBytesOf(options);
  if (isFree(route)) return { checksum: from };
  return convertByWork({ checksum: from, route, maxBytes }, getBuffer, signal);
}

/**
 * Would `convert` call its `getBuffer`? Not for conversions that are trivial or forbidden, nor those to `checksum`; nor
 * for null and booleans, which are known by their checksums; nor for a result that is remembered (`conversionMemo`).
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT`.
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

/** Is the answer the same checksum, whatever the buffer holds? */
function isFree({ work, forbidden }: Route): boolean {
  return work.length === 0 && forbidden === undefined;
}

async function convertByWork(job: Job, getBuffer: GetBuffer, signal: AbortSignal | undefined): Promise<Conversion> {
  refuseForbidden(job);
  const bytes = job.route.needsBytes ? knownBytes(job.checksum) : undefined;
  if (bytes !== undefined || !job.route.needsBytes) {
    return deliver(job, await withCodeSupport(signal, () => run(job, bytes, signal)));
  }
  const known = conversionMemo.get(memoKey(job));
  if (known !== undefined) return deliver(job, checkRemembered(job, known));
  const fetched = await fetchProven(job, getBuffer, signal);
  const result = await withCodeSupport(signal, () => runOnce(job, readProven(fetched), signal));
  return deliver(job, result);
}

function toChecksum(checksum: ChecksumLike): Checksum {
  return Checksum.isChecksum(checksum) ? checksum : new Checksum(checksum);
}
