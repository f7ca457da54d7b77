import type { BufferLike, Checksum, SeamlessError } from "@seamless/checksum";
import { lengthOf } from "@seamless/store";
import type { StoreQueue } from "./store-queue.ts";

/** How many buffers that are not in every store, but in one, are remembered. */
const MAX_INCOMPLETE = 1000;

/** The accepted buffers that are not in every store: those under way, and those that failed. */
export class PendingWrites {
  /** Under way. */
  readonly underWay = new Map<string, PendingWrite>();
  /** In no store. The cache keeps their buffers, and so bounds their number. */
  readonly lost = new Map<string, PendingWrite>();
  /** In one store, but not in all; the oldest are forgotten, and counted. */
  readonly incomplete = new Map<string, PendingWrite>();
  /** Bytes that are under way. */
  underWayBytes = 0;
  /** How many were forgotten. */
  forgotten = 0;

  find(checksum: Checksum): PendingWrite | undefined {
    const hex = checksum.hex();
    return this.underWay.get(hex) ?? this.lost.get(hex) ?? this.incomplete.get(hex);
  }

  failed(): PendingWrite[] {
    return [...this.lost.values(), ...this.incomplete.values()];
  }

  begin(write: PendingWrite): void {
    const hex = write.checksum.hex();
    this.lost.delete(hex);
    this.incomplete.delete(hex);
    this.underWay.set(hex, write);
    this.underWayBytes += write.length;
  }

  /** All stores have answered. */
  end(write: PendingWrite): void {
    const hex = write.checksum.hex();
    if (!this.underWay.delete(hex)) return;
    this.underWayBytes -= write.length;
    if (write.failures.size === 0) return;
    if (write.stored === 0) {
      this.lost.set(hex, write);
      return;
    }
    this.incomplete.set(hex, write);
    if (this.incomplete.size <= MAX_INCOMPLETE) return;
    const [oldest] = this.incomplete.keys();
    this.incomplete.delete(oldest!);
    this.forgotten++;
  }

  errors(): SeamlessError[] {
    return this.failed().flatMap(({ errors }) => errors);
  }

  /** Buffers that are in no store, as far as is known. */
  unwritten(): Checksum[] {
    const pending = [...this.underWay.values()].filter(({ stored }) => stored === 0);
    return [...pending, ...this.lost.values()].map(({ checksum }) => checksum);
  }
}

/** A buffer that was accepted, and how far it has got. */
export class PendingWrite {
  readonly checksum: Checksum;
  /** In bytes. */
  readonly length: number;
  /** `undefined` once another store has it. */
  buffer: BufferLike | undefined;
  /** Stores that have not answered yet. */
  readonly waiting = new Set<StoreQueue>();
  /** Stores that have it. */
  stored = 0;
  /** Stores that did not take it, and whether they might once they work again. */
  readonly failures = new Map<StoreQueue, { readonly error: SeamlessError; readonly again: boolean }>();
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

  /** Calls a function when all stores have answered. */
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
