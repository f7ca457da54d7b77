/** What a writer is doing. */
export interface WriterStats {
  /** Buffers that were accepted and are not in all stores yet; those on their way included. */
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Writes that are going on, over all stores. */
  readonly inFlight: number;
  readonly inFlightBytes: number;
  /** Writes that stores have taken since the start. */
  readonly written: number;
  readonly writtenBytes: number;
  /** Buffers that were given up and are in no store. */
  readonly failed: number;
  /** Buffers that are in one store, but that another one was given up for. */
  readonly incomplete: number;
  /** Names of the stores whose last attempt failed. */
  readonly failingStores: readonly string[];
}
