import { type BytesLike, type Checksum, type ProvenBytes, SeamlessError } from "@seamless/checksum";
import { untilAborted } from "@seamless/internal/abort";
import { bytesViewer } from "@seamless/internal/bytes";
import { mismatchError, requireOffset } from "@seamless/store";

/**
 * A `Uint8Array` on the same memory.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes.
 */
export const asBytes: (value: BytesLike) => Uint8Array = /* @__PURE__ */ bytesViewer(
  (message) => new SeamlessError("INVALID_ARGUMENT", message),
);

/**
 * What comes after an offset, where the bytes before it cannot be left out: of what is decoded, or of a server that sends all.
 *
 * @param offset - In bytes.
 * @throws {SeamlessError} `INVALID_ARGUMENT` if there are fewer bytes.
 */
export async function* skipBytes(
  chunks: AsyncIterable<Uint8Array>,
  offset: number,
  checksum: Checksum,
  store: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for await (const chunk of chunks) {
    const skipped = Math.min(chunk.byteLength, Math.max(0, offset - at));
    at += chunk.byteLength;
    if (skipped < chunk.byteLength) yield chunk.subarray(skipped);
  }
  requireOffset(offset, at, checksum, store);
}

/** What fits into one array of bytes in every Node, in bytes. */
export const LARGEST_ARRAY = 2 ** 32;

/**
 * The proof of what was hashed, if it is that of this checksum.
 *
 * @param store - Name of the store, for the message.
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` if not.
 */
export function requireProofOf(checksum: Checksum, proven: ProvenBytes, store: string): ProvenBytes {
  if (!proven.checksum.equals(checksum)) throw mismatchError(checksum, proven.checksum, { store });
  return proven;
}

/** Chunks with memory of their own, no longer waited for than the signal allows. */
export async function* copied(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of bounded(source, signal)) yield new Uint8Array(chunk);
}

/** Chunks that are no longer waited for than the signal allows. */
export async function* bounded(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const next = await untilAborted(iterator.next(), signal);
      ended = next.done === true;
      if (next.done === true) return;
      yield asBytes(next.value);
    }
  } finally {
    const ending = ended ? undefined : Promise.resolve(iterator.return?.()).catch(() => undefined);
    // One that hangs would never get there.
    if (!signal.aborted) await ending;
  }
}
