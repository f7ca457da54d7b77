import type { Clock, Store } from "@seamless/store";
import type { BufferCache } from "../cache/cache.ts";
import { positiveDuration, refuse } from "../cache/check.ts";
import type { Transformations } from "../transformations/transformations.ts";
import type { WriterOptions } from "../writer/options.ts";

export interface RuntimeOptions {
  /** @default a new one, which `close` closes too */
  readonly cache?: BufferCache | undefined;
  /**
   * Asked for buffers in this order; those that are writable get what is referenced.
   * @default []
   */
  readonly stores?: readonly Store[] | undefined;
  /** @default no functions, and a record in memory */
  readonly transformations?: Transformations | undefined;
  /** How the writer goes about it. */
  readonly writer?: Omit<WriterOptions, "cache" | "stores" | "clock"> | undefined;
  /**
   * How long a store may take to give one buffer, in milliseconds, before the next one is asked.
   * @default no limit
   */
  readonly storeTimeout?: number | undefined;
  /**
   * For the writer, for `storeTimeout`, and for the cache where that is not given.
   * @default the clock of the machine
   */
  readonly clock?: Clock | undefined;
}

/** @throws {SeamlessError} `INVALID_ARGUMENT` for options that are none; the writer looks at its own. */
export function checkOptions({ cache, stores = [], transformations, storeTimeout }: RuntimeOptions): void {
  if (cache !== undefined && typeof cache.markWriting !== "function") refuse("cache", "a BufferCache", cache);
  if (!Array.isArray(stores)) refuse("stores", "a list of stores", stores);
  for (const store of stores) {
    if (typeof store?.get !== "function" || typeof store.put !== "function")
      refuse("stores", "a list of stores", store);
  }
  if (transformations !== undefined && typeof transformations.record?.find !== "function") {
    refuse("transformations", "Transformations", transformations);
  }
  if (storeTimeout !== undefined) positiveDuration("storeTimeout", storeTimeout);
}
