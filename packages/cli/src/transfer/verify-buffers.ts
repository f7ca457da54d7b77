import { type Checksum, type ErrorCode, isSeamlessError } from "@seamless/checksum";
import { mapParallel } from "@seamless/internal/parallel";
import type { CheckResult, Store } from "@seamless/store";
import { withStream } from "../files/streams.ts";
import type { Call } from "../program/command.ts";

/** Lets a store hash its buffers, with progress. Verdicts are in the order of the checksums. */
export async function verifyInStore(
  { console, signal }: Call,
  store: Store,
  checksums: readonly Checksum[],
): Promise<readonly CheckResult[]> {
  if (store.check === undefined) return checksums.map(() => "unknown");
  const progress = console.progress();
  const onProgress =
    progress &&
    ((state: { readonly files: number; readonly totalFiles: number; readonly bytes: number }) =>
      progress.update({ ...state, totalBytes: 0 }));
  return store.check(checksums, { signal, onProgress });
}

/** A buffer that a store claims to have. */
export interface ClaimedBuffer {
  readonly checksum: Checksum;
  /** Expected length in bytes: no more are fetched. */
  readonly length: number;
}

/** Number of buffers fetched at a time. */
const FETCHES = 4;

/** Verifies buffers by fetching them, with progress. Verdicts are in the order of the claims. */
export async function verifyByFetching(
  { console, signal }: Call,
  store: Store,
  claims: readonly ClaimedBuffer[],
): Promise<readonly CheckResult[]> {
  const progress = console.progress();
  const totalBytes = claims.reduce((sum, { length }) => sum + length, 0);
  let [files, bytes] = [0, 0];
  const tell = () => progress?.update({ files, totalFiles: claims.length, bytes, totalBytes });
  return mapParallel(claims, { limit: FETCHES, signal }, async (claim) => {
    const verdict = await fetchAndVerify(store, claim, signal, (count) => {
      bytes += count;
      tell();
    });
    files++;
    tell();
    return verdict;
  });
}

/** Verdicts for errors of a single buffer; any other error concerns the whole store. */
const VERDICTS: Partial<Record<ErrorCode, CheckResult>> = {
  CHECKSUM_MISMATCH: "corrupt",
  STORE_FAILED: "unreadable",
  // Also an encoded response that exceeds the limits once it is decoded.
  TOO_LARGE: "unreadable",
  // A response that does not come from a hashserver.
  UNSUPPORTED: "unreadable",
};

/** Fetches a buffer, which the store hashes on the way. */
async function fetchAndVerify(
  store: Store,
  { checksum, length }: ClaimedBuffer,
  signal: AbortSignal,
  onChunk?: (bytes: number) => void,
): Promise<CheckResult> {
  try {
    const stream = await store.getStream(checksum, { signal });
    if (stream === undefined) return "missing";
    return await withStream(stream, async () => {
      let left = length;
      for await (const { byteLength } of stream) {
        left -= byteLength;
        if (left < 0) return "corrupt";
        onChunk?.(byteLength);
      }
      return "ok";
    });
  } catch (error) {
    signal.throwIfAborted();
    const verdict = isSeamlessError(error) ? VERDICTS[error.code] : undefined;
    if (verdict === undefined) throw error;
    return verdict;
  }
}

/**
 * Verifies one buffer: the store hashes it, or it is fetched and hashed here. It is not enough that the store claims to
 * have it (`has`): it may be corrupt. The verdict is never `unknown`.
 */
export async function verifyBuffer(store: Store, claim: ClaimedBuffer, signal: AbortSignal): Promise<CheckResult> {
  const [verdict] = (await store.check?.([claim.checksum], { signal })) ?? [];
  if (verdict !== undefined && verdict !== "unknown") return verdict;
  const [length] = await store.lengths([claim.checksum], { signal });
  if (length === undefined) return "missing";
  return length === claim.length ? fetchAndVerify(store, claim, signal) : "corrupt";
}
