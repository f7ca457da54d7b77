import type { DisposalReason } from "./events.ts";

/** Some buffers, and their lengths together. */
export interface Amount {
  readonly buffers: number;
  readonly bytes: number;
}

/**
 * Buffers that may not be evicted are more than a cap allows: they are the only copies of what someone holds a counted
 * reference to, or wait to be written.
 */
export interface Pressure {
  /** The cap that is passed. */
  readonly cap: "soft" | "hard";
  /** That cap, in bytes. */
  readonly capBytes: number;
  /** What may not be evicted, in bytes. */
  readonly fixedBytes: number;
  /** The part of it that waits to be written, in bytes: it will go by itself. */
  readonly writingBytes: number;
}

/** What a cache holds, and what became of what it held. */
export interface CacheStats {
  /** Held. */
  readonly strong: Amount;
  /** Registered and not held; the garbage collector may have taken some already. */
  readonly weak: Amount;
  /** The part of `strong` that a pass may evict. */
  readonly evictable: Amount;
  /** The part of `strong` that waits to be written. */
  readonly writing: Amount;
  /** Counted references, scratch ones included. */
  readonly references: number;
  /** Fading references. */
  readonly temprefs: number;
  /** Checksums of which only the cost is remembered. */
  readonly remembered: number;
  /** In bytes. */
  readonly softCap: number;
  /** In bytes. */
  readonly hardCap: number;
  /** How many buffers went, by reason, since the cache was made. */
  readonly disposals: Readonly<Record<DisposalReason, number>>;
  /** `undefined` while the caps can be held. */
  readonly pressure: Pressure | undefined;
}
