import type { Checksum } from "@seamless/checksum";
import type { Transformation } from "./transformation.ts";

/** That a transformation gave a result. */
export interface RecordEntry {
  readonly transformation: Transformation;
  readonly result: Checksum;
  /** CPU time that the function took, in seconds. */
  readonly cpuSeconds: number;
}

export interface RecordOptions {
  /** Gives up when aborted; rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The record port: which transformation gave which result. It keeps whole transformations, so that it is of use when no
 * store has their buffers. A record that cannot answer rejects, and never says that there is nothing.
 */
export interface TransformationRecord {
  /** For messages: a path, or a URL without credentials. */
  readonly name: string;
  /** What a transformation gave. */
  find(transformation: Checksum, options?: RecordOptions): Promise<RecordEntry | undefined>;
  /** The transformations that gave this result; none if there are none. */
  producers(result: Checksum, options?: RecordOptions): Promise<readonly RecordEntry[]>;
  /**
   * Keep an entry, for good; it replaces an earlier one of the same transformation.
   *
   * @returns false if the record is full, and the entry was not kept.
   */
  add(entry: RecordEntry, options?: RecordOptions): Promise<boolean>;
  /** All entries, in no particular order. */
  entries(options?: RecordOptions): AsyncIterable<RecordEntry>;
  /** Let go of files and connections. */
  close?(): Promise<void>;
}
