import type { BufferLike, Checksum } from "@seamless/checksum";
import type { CostClass } from "@seamless/store";

/** How a buffer can be computed again. */
export interface Recipe {
  /** Checksums of the buffers that it is computed from. */
  readonly inputs: readonly Checksum[];
  /** In seconds, if known. */
  readonly cpuSeconds?: number | undefined;
}

/** What resolving and computing need of a cache; `BufferCache` is one. */
export interface CachePort {
  get(checksum: Checksum): BufferLike | undefined;
  register(buffer: BufferLike): void;
  /** A store is known to hold the buffer. */
  markStored(checksum: Checksum, costClass: CostClass, length: number): void;
  /** The buffer is known to be recomputable. */
  recordTransformation(result: Checksum, recipe: Recipe): void;
}
