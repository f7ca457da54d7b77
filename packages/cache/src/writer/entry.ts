import type { BufferLike, Checksum, SeamlessError } from "@seamless/checksum";
import { lengthOf } from "@seamless/store";
import type { Lane } from "./lane.ts";

/** A buffer that was accepted, and how far it has got. */
export class Entry {
  readonly checksum: Checksum;
  /** In bytes. */
  readonly length: number;
  /** Let go of once another store has it. */
  buffer: BufferLike | undefined;
  /** Stores that have not answered yet. */
  readonly waiting = new Set<Lane>();
  /** Stores that have it. */
  stored = 0;
  /** Stores that did not take it, and whether they might once they work again. */
  readonly failures = new Map<Lane, { readonly error: SeamlessError; readonly again: boolean }>();
  readonly #watchers = new Set<() => void>();

  constructor(buffer: BufferLike) {
    this.buffer = buffer;
    this.checksum = buffer.getChecksum();
    this.length = lengthOf(buffer);
  }

  /** Why it is not everywhere, each reason once. */
  get errors(): readonly SeamlessError[] {
    const all = [...this.failures.values()].map(({ error }) => error);
    // A buffer that was changed fails in the same way whatever the store.
    return all.filter((error, i) => all.findIndex(({ message }) => message === error.message) === i);
  }

  /** Be called when all stores have answered. */
  watch(watcher: () => void): void {
    this.#watchers.add(watcher);
  }

  unwatch(watcher: () => void): void {
    this.#watchers.delete(watcher);
  }

  settle(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
