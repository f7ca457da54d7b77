import {
  asBytes,
  type BufferLike,
  CacheMissError,
  Checksum,
  isSeamlessError,
  SeamlessError,
  untilAborted,
} from "@seamless/checksum";
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
 * Ask for the buffer. Whether it is the right one is still to be verified.
 *
 * @throws {CacheMissError} if there is none: its own, if it throws one.
 * @throws {ConversionError} with the cause, if it fails or gives no bytes.
 * @throws the signal's reason, if that is aborted.
 */
export async function fetchBytes(job: Job, getBuffer: GetBuffer, signal: AbortSignal | undefined): Promise<Uint8Array> {
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
  try {
    return bytesOf(buffer);
  } catch (cause) {
    throw failure(job, `getBuffer gave no buffer: ${messageOf(cause)}`, cause);
  }
}

/** Of a `Buffer`, of any copy of its package; or bytes. */
export function bytesOf(buffer: Uint8Array | BufferLike): Uint8Array {
  return asBytes(isBufferLike(buffer) ? buffer.content : buffer);
}

/** Is it a `Buffer`, or what a runtime has in its place? */
export function isBufferLike(buffer: unknown): buffer is BufferLike {
  return typeof (buffer as BufferLike | undefined)?.getChecksum === "function";
}

/**
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` if the bytes have another checksum.
 */
export function verify({ checksum, route }: Job, bytes: Uint8Array): void {
  const found = Checksum.of(bytes);
  if (found.equals(checksum)) return;
  throw new SeamlessError(
    "CHECKSUM_MISMATCH",
    `getBuffer was asked for ${checksum.hex()} and gave ${bytes.byteLength} bytes whose checksum is ${found.hex()}`,
    { checksum, celltype: route.source },
  );
}
