import { type Checksum, isSeamlessError } from "@seamless/checksum";
import { checksumFile } from "@seamless/checksum/node";
import { changed, type FileSource, withFile } from "./file-source.ts";
import type { createRetry } from "./retry.ts";
import type { Store } from "./store.ts";

/** How to put. */
export interface PutOptions {
  readonly signal: AbortSignal;
  readonly retry: ReturnType<typeof createRetry>;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Put a source into a store, by its checksum; where the store fails, again from the start. */
export async function putSource(
  store: Store,
  checksum: Checksum,
  source: FileSource,
  { signal, retry, onBytes }: PutOptions,
): Promise<void> {
  const put = async () => {
    await store.putStream(checksum, source.pieces(onBytes), { length: source.length, signal });
    return true;
  };
  // Somebody else may have put it meanwhile.
  await retry<boolean | undefined>(put, async () => (await store.has([checksum], { signal }))[0] || undefined);
}

/**
 * Put a file that had this checksum when it was hashed.
 *
 * @param hashed - When that was, for the message: "since it was indexed".
 * @throws {SeamlessError} `FILE_CHANGED` if it has another one by now; file codes, and what the store throws.
 */
export async function putFile(
  store: Store,
  checksum: Checksum,
  path: string,
  hashed: string,
  options: PutOptions,
): Promise<void> {
  try {
    await withFile(path, (source) => putSource(store, checksum, source, options));
  } catch (error) {
    options.signal.throwIfAborted();
    if (!isSeamlessError(error, "CHECKSUM_MISMATCH")) throw error;
    // The bytes may also have gone wrong on their way, which is no fault of the file.
    if ((await checksumFile(path, { signal: options.signal })).equals(checksum)) throw error;
    throw changed(path, hashed);
  }
}
