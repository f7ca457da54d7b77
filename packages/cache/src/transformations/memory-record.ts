import type { TransformationRecord } from "./record.ts";
import { RecordIndex } from "./record-index.ts";

export interface MemoryRecordOptions {
  /**
   * Number of entries, at about 1 kB each; what would go beyond is not kept.
   * @default 250,000
   */
  readonly maxEntries?: number | undefined;
}

/** Number of entries. */
export const DEFAULT_MAX_ENTRIES = 250_000;

/** A record of transformations in memory; gone with the process. */
export function memoryRecord({ maxEntries = DEFAULT_MAX_ENTRIES }: MemoryRecordOptions = {}): TransformationRecord {
  const index = new RecordIndex(maxEntries);
  return {
    name: "memory",
    async find(transformation, { signal } = {}) {
      signal?.throwIfAborted();
      return index.find(transformation);
    },
    async producers(result, { signal } = {}) {
      signal?.throwIfAborted();
      return index.producers(result);
    },
    async add(entry, { signal } = {}) {
      signal?.throwIfAborted();
      if (!index.hasRoom(entry.transformation.getChecksum())) return false;
      index.set(entry);
      return true;
    },
    async *entries({ signal } = {}) {
      for (const entry of index.values()) {
        signal?.throwIfAborted();
        yield entry;
      }
    },
  };
}
