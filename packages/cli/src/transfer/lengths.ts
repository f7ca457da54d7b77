import { type Checksum, isSeamlessError } from "@seamless/checksum";
import type { Call } from "../program/command.ts";
import { type StoreOpener, storeUrl } from "./store.ts";
import { mapBatches } from "./transfers.ts";

/**
 * How long buffers are, in bytes and in their order, where the store knows. A store that cannot be asked costs the lengths, not
 * the answer: that is noted.
 *
 * @returns `undefined` without a store, and for one that cannot be asked.
 * @throws {UsageError} if the store is named wrong.
 */
export async function knownLengths(
  call: Call,
  checksums: Iterable<Checksum>,
  store: StoreOpener,
): Promise<readonly (number | undefined)[] | undefined> {
  if ((await storeUrl(call)) === undefined) return undefined;
  try {
    const opened = await store();
    return await mapBatches(checksums, (batch) => opened.lengths(batch, { signal: call.signal }));
  } catch (error) {
    call.signal.throwIfAborted();
    if (!isSeamlessError(error)) throw error;
    call.console.note(`without lengths: ${error.message}`);
    return undefined;
  }
}
