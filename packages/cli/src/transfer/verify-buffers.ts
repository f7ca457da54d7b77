import { type Checksum, type ErrorCode, isSeamlessError } from "@seamless/checksum";
import { withStream } from "../files/streams.ts";
import type { Call } from "../program/command.ts";
import type { Store } from "./store.ts";
import { eachParallel } from "./transfers.ts";

/** What a store says of a buffer that it has hashed; `unknown` where it does not hash. */
export type Verdict = Awaited<ReturnType<NonNullable<Store["check"]>>>[number];

/** Have a store hash buffers where they lie, with progress. In the order asked. */
export async function verifyInStore(
  { console, signal }: Call,
  store: Store,
  checksums: readonly Checksum[],
): Promise<readonly Verdict[]> {
  if (store.check === undefined) return checksums.map(() => "unknown");
  const progress = console.progress();
  const onProgress =
    progress &&
    ((state: { readonly files: number; readonly totalFiles: number; readonly bytes: number }) =>
      progress.update({ ...state, totalBytes: 0 }));
  return store.check(checksums, { signal, onProgress });
}

/** A buffer that a store says to have. */
export interface ClaimedBuffer {
  readonly checksum: Checksum;
  /** What it should have, in bytes: no more are fetched. */
  readonly length: number;
}

/** How many buffers are fetched at a time. */
const FETCHES = 4;

/** Find out by getting all of each buffer, with progress. In the order asked. */
export async function verifyByFetching(
  { console, signal }: Call,
  store: Store,
  claims: readonly ClaimedBuffer[],
): Promise<readonly Verdict[]> {
  const progress = console.progress();
  const verdicts: Verdict[] = claims.map(() => "unknown");
  const totalBytes = claims.reduce((sum, { length }) => sum + length, 0);
  let [files, bytes] = [0, 0];
  const tell = () => progress?.update({ files, totalFiles: claims.length, bytes, totalBytes });
  await eachParallel(claims.entries(), FETCHES, signal, async ([i, claim]) => {
    verdicts[i] = await fetchAndVerify(store, claim, signal, (count) => {
      bytes += count;
      tell();
    });
    files++;
    tell();
  });
  return verdicts;
}

/** What an error in getting a buffer says of it; any other is one of the store as a whole. */
const MEANINGS: Partial<Record<ErrorCode, Verdict>> = {
  CHECKSUM_MISMATCH: "corrupt",
  STORE_FAILED: "unreadable",
  // Among them an encoded answer that becomes too much.
  TOO_LARGE: "unreadable",
  // An answer that is none of a hashserver.
  UNSUPPORTED: "unreadable",
};

/** Find out by getting all of a buffer: it is hashed on its way. */
async function fetchAndVerify(
  store: Store,
  { checksum, length }: ClaimedBuffer,
  signal: AbortSignal,
  onChunk?: (bytes: number) => void,
): Promise<Verdict> {
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
    const verdict = isSeamlessError(error) ? MEANINGS[error.code] : undefined;
    if (verdict === undefined) throw error;
    return verdict;
  }
}

/**
 * Find out what a store has of one buffer: it hashes that where it lies, or all of it is fetched and hashed here. That the
 * store says to have it (`has`) proves nothing: it may be corrupt. Never `unknown`.
 */
export async function verifyBuffer(store: Store, claim: ClaimedBuffer, signal: AbortSignal): Promise<Verdict> {
  const [verdict] = (await store.check?.([claim.checksum], { signal })) ?? [];
  if (verdict !== undefined && verdict !== "unknown") return verdict;
  const [length] = await store.lengths([claim.checksum], { signal });
  if (length === undefined) return "missing";
  return length === claim.length ? fetchAndVerify(store, claim, signal) : "corrupt";
}
