import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { checksumFile } from "@seamless/checksum/node";
import { changed, type FileSource, withFile } from "./file-source.ts";
import type { createRetry } from "./retry.ts";
import type { Store } from "./store.ts";
import { proveVerdict, type Verdict } from "./verdicts.ts";

/** How to put. */
export interface PutOptions {
  readonly signal: AbortSignal;
  readonly retry: ReturnType<typeof createRetry>;
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /**
   * What the store has in its place. `unknown`: something that nobody has hashed.
   * @default found out first; a copy that is right is not put again
   */
  readonly there?: Verdict | undefined;
}

/**
 * Put a source into a store, by its checksum; where the store fails, again from the start. Where something wrong is replaced,
 * only a copy that was hashed afterwards counts: a server may take what it is sent, and keep what it has.
 *
 * @throws {SeamlessError} `CHECKSUM_MISMATCH` if the store keeps a corrupt copy; what the store throws.
 */
export async function putSource(
  store: Store,
  checksum: Checksum,
  source: FileSource,
  { signal, retry, onBytes, there }: PutOptions,
): Promise<void> {
  const prove = () => proveVerdict(store, { checksum, length: source.length }, signal);
  const before = there ?? (await retry(prove));
  if (before === "ok") {
    onBytes?.(source.length);
    return;
  }
  const put = async () => {
    await store.putStream(checksum, source.pieces(onBytes), { length: source.length, signal });
    return before === "missing" ? "ok" : prove();
  };
  // Somebody else may have put it meanwhile.
  const after = await retry(put, async () => ((await prove()) === "ok" ? "ok" : undefined));
  if (after !== "ok") throw kept(store, checksum, after);
}

/** What is wrong with a copy that should have been replaced. */
const STILL: Partial<Record<Verdict, string>> = {
  corrupt: "keeps a corrupt copy",
  unreadable: "keeps a copy that cannot be read",
};

/** The store has taken the right bytes, and does not have them. */
function kept(store: Store, checksum: Checksum, verdict: Verdict): SeamlessError {
  const code = verdict === "corrupt" ? "CHECKSUM_MISMATCH" : "STORE_FAILED";
  const what = STILL[verdict] ?? "does not have it";
  const message = `${store.name}: cannot put ${checksum.hex()}: the store took it, and ${what}; delete that there`;
  return new SeamlessError(code, message, { checksum, store: store.name });
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
