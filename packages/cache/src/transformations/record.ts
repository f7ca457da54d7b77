import type { AbortOptions, Checksum } from "@seamless/checksum";
import type { Transformation } from "./transformation.ts";

/** That a transformation gave a result. */
export interface RecordEntry {
  readonly transformation: Transformation;
  readonly result: Checksum;
  /** CPU time that the function took, in seconds. */
  readonly cpuSeconds: number;
}

/**
 * The record port: which transformation gave which result. It keeps whole transformations, so that it is of use when no
 * store has their buffers. A record that cannot answer rejects, and never says that there is nothing.
 */
export interface TransformationRecord {
  /** For messages: a path, or a URL without credentials. */
  readonly name: string;
  /** What a transformation gave. */
  find(transformation: Checksum, options?: AbortOptions): Promise<RecordEntry | undefined>;
  /** The transformations that gave this result; none if there are none. */
  producers(result: Checksum, options?: AbortOptions): Promise<readonly RecordEntry[]>;
  /**
   * Keep an entry, for good; it replaces an earlier one of the same transformation.
   *
   * @returns false if the record is full, and the entry was not kept.
   */
  add(entry: RecordEntry, options?: AbortOptions): Promise<boolean>;
  /** All entries, in no particular order. */
  entries(options?: AbortOptions): AsyncIterable<RecordEntry>;
  /** Closes files and connections. */
  close?(): Promise<void>;
  /** As `close`, for `await using`. */
  [Symbol.asyncDispose]?(): Promise<void>;
}

/** The limit of a record in memory. */
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

/** Entries in memory, found by transformation and by result. */
export class RecordIndex {
  readonly #limit: number;
  readonly #byTransformation = new Map<string, RecordEntry>();
  /** Result → its transformation, or several. Most results have one, and a set for each would take more than the rest. */
  readonly #byResult = new Map<string, string | Set<string>>();

  /** @param limit - Number of entries. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#byTransformation.size;
  }

  find(transformation: Checksum): RecordEntry | undefined {
    return this.#byTransformation.get(transformation.hex());
  }

  producers(result: Checksum): RecordEntry[] {
    const keys = this.#byResult.get(result.hex()) ?? [];
    const all = typeof keys === "string" ? [keys] : [...keys];
    return all.flatMap((key) => this.#byTransformation.get(key) ?? []);
  }

  values(): IterableIterator<RecordEntry> {
    return this.#byTransformation.values();
  }

  /** Is there room for this entry? One that replaces another needs none. */
  hasRoom(transformation: Checksum): boolean {
    return this.size < this.#limit || this.#byTransformation.has(transformation.hex());
  }

  /** Keep an entry, in the place of an earlier one of the same transformation. */
  set(entry: RecordEntry): void {
    const key = entry.transformation.getChecksum().hex();
    const earlier = this.#byTransformation.get(key);
    if (earlier !== undefined) this.#unlink(earlier.result.hex(), key);
    this.#byTransformation.set(key, entry);
    this.#link(entry.result.hex(), key);
  }

  #link(result: string, key: string): void {
    const keys = this.#byResult.get(result);
    if (keys === undefined) this.#byResult.set(result, key);
    else if (typeof keys === "string") this.#byResult.set(result, new Set([keys, key]));
    else keys.add(key);
  }

  #unlink(result: string, key: string): void {
    const keys = this.#byResult.get(result);
    if (keys === key) this.#byResult.delete(result);
    else if (typeof keys === "object" && keys.delete(key) && keys.size === 0) this.#byResult.delete(result);
  }
}
