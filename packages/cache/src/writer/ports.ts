import type { BufferLike, Checksum } from "@seamless/checksum";
import type { CostClass } from "@seamless/store";

/** What the writer needs of a cache; `BufferCache` is one. */
export interface WriterCache {
  get(checksum: Checksum): BufferLike | undefined;
  register(buffer: BufferLike): void;
  /** Is the buffer held by scratch references alone? */
  isScratch(checksum: Checksum): boolean;
  /** Whether a buffer waits to be written: it is not evicted while it does. */
  markWriting(checksum: Checksum, writing: boolean): void;
  /** A store is known to hold the buffer. */
  markStored(checksum: Checksum, costClass: CostClass, length: number): void;
  /**
   * Hear of every checksum that is registered and has a reference that is not scratch.
   *
   * @returns ends the subscription.
   */
  onReferenced(listener: (checksum: Checksum) => void): () => void;
}
