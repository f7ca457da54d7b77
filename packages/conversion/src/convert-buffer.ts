import type { Celltype } from "@seamless/celltypes";
import { type BufferLike, proveInSlices } from "@seamless/checksum";
import { readProven } from "@seamless/checksum/unsafe";
import { signalOf } from "./abort.ts";
import type { ConvertOptions } from "./convert.ts";
import { bytesOf, isBufferLike } from "./fetch.ts";
import { maxBytesOf } from "./limit.ts";
import type { TargetOf } from "./matrix/lookup.ts";
import type { Conversion } from "./memo.ts";
import { routeOf } from "./route.ts";
import { deliver, refuseForbidden, runOnce, withCodeSupport } from "./run.ts";

/**
 * As `convert`, of a buffer that is at hand. Asynchronous, since reading code loads a Python parser first.
 *
 * @param buffer - A `Buffer`, or bytes, which are then hashed.
 * @returns no buffer where the given one stays.
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
  const signal = signalOf(options);
  const maxBytes = maxBytesOf(options);
  const { checksum, bytes } = await hashed(buffer, signal);
  const job = { checksum, route, maxBytes };
  refuseForbidden(job);
  if (route.work.length === 0) return deliver(job, { checksum });
  return deliver(job, await withCodeSupport(signal, () => runOnce(job, bytes, signal)));
}

/** A buffer answers for its own checksum; bytes are copied, since their owner may change them while they are hashed. */
async function hashed(buffer: Uint8Array | BufferLike, signal: AbortSignal | undefined) {
  if (isBufferLike(buffer)) {
    const checksum = (await buffer.computeChecksum?.({ signal })) ?? buffer.getChecksum();
    return { checksum, bytes: bytesOf(buffer) };
  }
  const proven = await proveInSlices(buffer, { signal });
  return { checksum: proven.checksum, bytes: readProven(proven) };
}
