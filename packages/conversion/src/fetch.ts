import {
  asBytes,
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
import { messageOf } from "./error.ts";
import { failure, type Job } from "./run.ts";

/**
 * Gives the buffer of a checksum, from wherever buffers are kept. Nothing (`undefined`) is a cache miss.
 *
 * @param options - `signal` is the one that `convert` was given, if any.
 */
export type GetBuffer = (
  checksum: Checksum,
  options: { readonly signal?: AbortSignal | undefined },
) => PromiseLike<Uint8Array | BufferLike | undefined> | Uint8Array | BufferLike | undefined;

/**
 * Ask for the buffer, and prove that it is the right one. Bytes without a proof are copied: while they are hashed, and while
 * code support is loaded, their owner may change them.
 *
 * @throws {CacheMissError} if there is none: its own, if it throws one.
 * @throws {ConversionError} with the cause, if it fails or gives no bytes.
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
    throw failure(job, `getBuffer failed: ${messageOf(cause)}`, cause);
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
    throw failure(job, `getBuffer gave no buffer: ${messageOf(cause)}`, cause);
  }
  return proveInSlices(bytes, { signal });
}

/** Of a `Buffer`, of any copy of its package; or bytes. The content is not asked for where there is a proof, which would end. */
export function bytesOf(buffer: Uint8Array | BufferLike): Uint8Array {
  const proven = provenOf(buffer);
  return proven === undefined ? asBytes(isBufferLike(buffer) ? buffer.content : buffer) : readProven(proven);
}

function provenOf(buffer: Uint8Array | BufferLike): ProvenBytes | undefined {
  if (!isBufferLike(buffer)) return undefined;
  const { proven } = buffer;
  return ProvenBytes.isProvenBytes(proven) && proven.intact ? proven : undefined;
}

/** Is it a `Buffer`, or what a runtime has in its place? */
export function isBufferLike(buffer: unknown): buffer is BufferLike {
  return typeof (buffer as BufferLike | undefined)?.getChecksum === "function";
}
