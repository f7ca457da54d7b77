import { type AbortOptions, SeamlessError } from "@seamless/checksum";
import type { Store } from "../store.ts";

/** How much a store has. */
export interface StoreUsage {
  readonly buffers: number;
  /** What they take in the store, in bytes: less than their lengths where they are compressed. */
  readonly bytes: number;
}

/**
 * Counts what a store has, by its list.
 *
 * @throws {SeamlessError} `UNSUPPORTED` for a store that cannot list what it has; what it throws. The signal's reason.
 *
 * @example
 * import { memoryStore } from "@seamless/store";
 * import { storeUsage } from "@seamless/store/housekeeping";
 * console.log(await storeUsage(memoryStore())); // → { buffers: 0, bytes: 0 }
 */
export async function storeUsage(store: Store, { signal }: AbortOptions = {}): Promise<StoreUsage> {
  if (store.list === undefined) {
    throw new SeamlessError("UNSUPPORTED", `${store.name} cannot list what it has`, { store: store.name });
  }
  let [buffers, bytes] = [0, 0];
  for await (const { length, stored = length ?? 0 } of store.list({ signal })) {
    buffers++;
    bytes += stored;
  }
  return { buffers, bytes };
}
