import {
  type AbortOptions,
  type BufferLike,
  CacheMissError,
  type Checksum,
  isSeamlessError,
  ProvenBytes,
  proveInSlices,
  SeamlessError,
} from "@seamless/checksum";
import { readProven } from "@seamless/checksum/unsafe";
import { untilAborted } from "@seamless/internal/abort";
import { viewBytes } from "@seamless/internal/bytes";
import { messageOf } from "@seamless/internal/text";
import { checks, conversionError } from "./error.ts";
import type { Job } from "./route.ts";

/**
 * Gets the buffer of a checksum, from wherever buffers are kept; `undefined` means a cache miss.
 *
 * @param options - `signal` is the one that `convert` was given, if any.
 */
export type GetBuffer = (
  checksum: Checksum,
  options: AbortOptions,
) => PromiseLike<Uint8Array | BufferLike | undefined> | Uint8Array | BufferLike | undefined;

/**
 * Calls `getBuffer`, and proves that it gave the right buffer. Bytes without a proof are copied, since their owner may
 * change them while they are hashed or while code support is loaded.
 *
 * @throws {CacheMissError} if it gives none. One that it throws itself passes unchanged.
 * @throws {ConversionError} with the cause, if it fails or gives anything but bytes.
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` if the bytes have another checksum.
 * @throws the signal's reason, if that is aborted.
 */
export async function fetchProven(
  job: Job,
  getBuffer: GetBuffer,
  signal: AbortSignal | undefined,
): Promise<ProvenBytes> {
  const { checksum, route } = job;
  let buffer: Uint8Array | BufferLike | null | undefined;
  try {
    buffer = await untilAborted((async () => getBuffer(checksum, { signal }))(), signal);
  } catch (cause) {
    if (isSeamlessError(cause, "CACHE_MISS") && !signal?.aborted) throw cause;
    signal?.throwIfAborted();
    throw conversionError(job, `getBuffer failed: ${messageOf(cause)}`, cause);
  }
  signal?.throwIfAborted();
  if (buffer === undefined || buffer === null) {
    const what = `to convert it from ${route.source} to ${route.target}, the buffer ${checksum.hex()} is needed`;
    throw new CacheMissError(checksum, `${what}, and getBuffer has none`, { celltype: route.source });
  }
  const proven = await prove(job, buffer, signal);
  if (proven.checksum.equals(checksum)) return proven;
  const found = `${proven.length} bytes whose checksum is ${proven.checksum.hex()}`;
  throw new SeamlessError("CHECKSUM_MISMATCH", `getBuffer was asked for ${checksum.hex()} and gave ${found}`, {
    checksum,
    celltype: route.source,
  });
}

async function prove(job: Job, buffer: Uint8Array | BufferLike, signal: AbortSignal | undefined): Promise<ProvenBytes> {
  let bytes: Uint8Array;
  try {
    if (isBufferLike(buffer)) await buffer.computeChecksum?.({ signal });
    const proven = provenOf(buffer);
    if (proven !== undefined) return proven;
    bytes = bytesOf(buffer);
  } catch (cause) {
    signal?.throwIfAborted();
    throw conversionError(job, `getBuffer gave no buffer: ${messageOf(cause)}`, cause);
  }
  return proveInSlices(bytes, { signal });
}

/**
 * Hashes a buffer that is at hand. A `Buffer` knows its own checksum; bytes are copied, since their owner may change them
 * while they are hashed.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is neither a buffer nor bytes. The signal's reason, if that is aborted.
 */
export async function hashBuffer(
  buffer: Uint8Array | BufferLike,
  signal: AbortSignal | undefined,
): Promise<{ readonly checksum: Checksum; readonly bytes: Uint8Array }> {
  if (isBufferLike(buffer)) {
    const checksum = (await buffer.computeChecksum?.({ signal })) ?? buffer.getChecksum();
    return { checksum, bytes: bytesOf(buffer) };
  }
  const proven = await proveInSlices(buffer, { signal });
  return { checksum: proven.checksum, bytes: readProven(proven) };
}

/**
 * Reads the bytes of a proof where there is one: asking a `Buffer` for its `content` would end the proof.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if there are none.
 */
function bytesOf(buffer: Uint8Array | BufferLike): Uint8Array {
  const proven = provenOf(buffer);
  if (proven !== undefined) return readProven(proven);
  const content = isBufferLike(buffer) ? buffer.content : buffer;
  return viewBytes(content) ?? checks.fail("a buffer", "bytes (a Uint8Array or ArrayBuffer)", content);
}

function provenOf(buffer: Uint8Array | BufferLike): ProvenBytes | undefined {
  if (!isBufferLike(buffer)) return undefined;
  const { proven } = buffer;
  return ProvenBytes.isProvenBytes(proven) && proven.intact ? proven : undefined;
}

/** Is it a `Buffer`, of this or another installed copy of its package, or what another runtime uses in its place? */
function isBufferLike(buffer: unknown): buffer is BufferLike {
  return typeof (buffer as BufferLike | undefined)?.getChecksum === "function";
}
