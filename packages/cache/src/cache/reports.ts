import type { Checksum } from "@seamless/checksum";
import type { Caps } from "./options.ts";
import type { Amount, Residency } from "./residency.ts";

/**
 * Why a buffer is no longer held: its last reference was given back (`released`) or its interest faded (`faded`), others
 * needed the room more (`evicted`), or it was weak already and the garbage collector took it (`collected`).
 */
export type DisposalReason = "released" | "faded" | "evicted" | "collected";

/** That a buffer is no longer held, or was collected. */
export interface Disposal {
  readonly checksum: Checksum;
  readonly reason: DisposalReason;
  /** In bytes. */
  readonly length: number;
}

/** The events of a cache, for `on`. */
export interface CacheEvents {
  /** A buffer moved from strong to weak, or a weak one was collected. */
  readonly dispose: Disposal;
  /** What may not be evicted is more than a cap allows. */
  readonly pressure: Pressure;
}

/** A function that is called with each event. */
export type Listener<T> = (event: T) => void;

/**
 * The listeners of one event. What a listener throws is reported as an uncaught exception, as `EventTarget` does: the
 * others are called all the same, and the cache goes on.
 */
export class Listeners<T> {
  readonly #listeners = new Set<Listener<T>>();

  get size(): number {
    return this.#listeners.size;
  }

  /** @returns ends the subscription. */
  add(listener: Listener<T>): () => void {
    // One that is added twice is two.
    const own: Listener<T> = (event) => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  emit(event: T): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/**
 * Buffers that may not be evicted are more than a cap allows: they are the only copies of what has counted
 * references, or wait to be written.
 */
export interface Pressure {
  /** The cap that is passed. */
  readonly cap: "soft" | "hard";
  /** That cap, in bytes. */
  readonly capBytes: number;
  /** What may not be evicted, in bytes. */
  readonly fixedBytes: number;
  /** The part of it that waits to be written, in bytes: it becomes evictable by itself. */
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

const RANK = { none: 0, soft: 1, hard: 2 } as const;

/** Notices when what may not be evicted is more than a cap allows. */
export class PressureMonitor {
  readonly #caps: Caps;
  #told: keyof typeof RANK = "none";

  constructor(caps: Caps) {
    this.#caps = caps;
  }

  /** The pressure there is now. */
  read({ fixedBytes, writing }: Residency): Pressure | undefined {
    const cap = fixedBytes > this.#caps.hard ? "hard" : fixedBytes > this.#caps.soft ? "soft" : undefined;
    if (cap === undefined) return undefined;
    return { cap, capBytes: this.#caps[cap], fixedBytes, writingBytes: writing.bytes };
  }

  /**
   * The pressure that is worth telling: at a pass any, between two passes one that has become worse. A cache that is over
   * its cap for long tells so at each pass, and not at each buffer.
   */
  news(residency: Residency, pass: boolean): Pressure | undefined {
    const pressure = this.read(residency);
    const cap = pressure?.cap ?? "none";
    const worse = RANK[cap] > RANK[this.#told];
    this.#told = cap;
    return pass || worse ? pressure : undefined;
  }
}
