import type { BufferLike } from "@seamless/checksum";
import { type Entry, isFixed } from "./entries.ts";

/** A number of buffers, and their lengths added up. */
export interface Amount {
  readonly buffers: number;
  readonly bytes: number;
}

/**
 * Which buffers are strong and which are weak, and how much there is of each. It moves what it is told to, and does not
 * know why.
 */
export class Residency {
  readonly strong = new Tally();
  readonly weak = new Tally();
  /** The part of `strong` that waits to be written. */
  readonly writing = new Tally();
  /** The part of `strong` that may be evicted (see `isFixed`), in no order. */
  readonly evictable: Entry[] = [];
  #evictableBytes = 0;
  readonly #registry: FinalizationRegistry<string>;
  /**
   * Objects with the same bytes as another one, which take turns: each is to be registered once. (Taking it out of the
   * registry instead would need a token for every buffer, which takes more memory than the entry.)
   */
  readonly #duplicates = new WeakSet<BufferLike>();

  /** @param onCollected - Called with the checksum of a buffer that was collected, long after or never. */
  constructor(onCollected: (hex: string) => void) {
    this.#registry = new FinalizationRegistry(onCollected);
  }

  /** In bytes. */
  get evictableBytes(): number {
    return this.#evictableBytes;
  }

  /** What is strong and may not be evicted, in bytes. */
  get fixedBytes(): number {
    return this.strong.bytes - this.#evictableBytes;
  }

  /** A buffer comes in, where there is none. */
  put(entry: Entry, buffer: BufferLike, length: number, held: boolean): void {
    entry.length = length;
    this.#observe(entry, buffer);
    if (held) this.#hold(entry, buffer);
    else this.weak.add(length);
  }

  /** Another object with the same bytes takes the place of a weak one. */
  replaceWeak(entry: Entry, buffer: BufferLike): void {
    const former = entry.weak?.deref();
    this.#observe(entry, buffer);
    if (former !== undefined) this.#duplicates.add(former);
    this.#duplicates.add(buffer);
  }

  /** Weak to strong; false if the buffer has been collected. */
  promote(entry: Entry): boolean {
    const buffer = entry.weak?.deref();
    if (buffer === undefined) return false;
    this.weak.remove(entry.length);
    this.#hold(entry, buffer);
    return true;
  }

  /** Strong to weak. */
  demote(entry: Entry): void {
    if (entry.buffer === undefined) return;
    this.#exclude(entry);
    if (entry.writing) this.writing.remove(entry.length);
    this.strong.remove(entry.length);
    entry.buffer = undefined;
    this.weak.add(entry.length);
  }

  /** A weak buffer turned out to have been collected. */
  lose(entry: Entry): void {
    entry.weak = undefined;
    this.weak.remove(entry.length);
  }

  setWriting(entry: Entry, writing: boolean): void {
    if (entry.writing === writing) return;
    entry.writing = writing;
    if (entry.buffer === undefined) return;
    if (writing) this.writing.add(entry.length);
    else this.writing.remove(entry.length);
    this.classify(entry);
  }

  /** May it be evicted? To be asked after everything that bears on it. */
  classify(entry: Entry): void {
    if (entry.buffer === undefined || isFixed(entry)) this.#exclude(entry);
    else if (entry.slot === -1) {
      entry.slot = this.evictable.length;
      this.evictable.push(entry);
      this.#evictableBytes += entry.length;
    }
  }

  #hold(entry: Entry, buffer: BufferLike): void {
    entry.buffer = buffer;
    this.strong.add(entry.length);
    if (entry.writing) this.writing.add(entry.length);
    this.classify(entry);
  }

  #exclude(entry: Entry): void {
    const { slot } = entry;
    if (slot === -1) return;
    entry.slot = -1;
    this.#evictableBytes -= entry.length;
    const last = this.evictable.pop()!;
    if (last === entry) return;
    this.evictable[slot] = last;
    last.slot = slot;
  }

  #observe(entry: Entry, buffer: BufferLike): void {
    entry.weak = new WeakRef(buffer);
    if (!this.#duplicates.has(buffer)) this.#registry.register(buffer, entry.hex);
  }
}

/** Buffers counted, and their lengths added up. */
class Tally implements Amount {
  buffers = 0;
  bytes = 0;

  add(bytes: number): void {
    this.buffers++;
    this.bytes += bytes;
  }

  remove(bytes: number): void {
    this.buffers--;
    this.bytes -= bytes;
  }

  snapshot(): Amount {
    return { buffers: this.buffers, bytes: this.bytes };
  }
}
