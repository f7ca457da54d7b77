import type { Checksum } from "@seamless/checksum";
import type { Pressure } from "./stats.ts";

/**
 * Why a buffer is no longer held: its last reference was given back (`released`) or its interest faded (`faded`), others
 * needed the room more (`evicted`), or it was weak already and the garbage collector took it (`collected`).
 */
export type DisposalReason = "released" | "faded" | "evicted" | "collected";

export interface Disposal {
  readonly checksum: Checksum;
  readonly reason: DisposalReason;
  /** In bytes. */
  readonly length: number;
}

/** What a cache tells whoever asked to hear of it. */
export interface CacheEvents {
  /** A buffer moved from strong to weak, or a weak one was collected. */
  readonly dispose: Disposal;
  /** What may not be evicted is more than a cap allows. */
  readonly pressure: Pressure;
}

export type Listener<T> = (event: T) => void;

/**
 * Those who want to hear of something. What a listener throws is reported as an uncaught exception, as `EventTarget`
 * does: the others hear of it all the same, and the cache is none the worse.
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
