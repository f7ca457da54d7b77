import type { BufferLike, Checksum } from "@seamless/checksum";
import { NONE, type Slot } from "./checksum-index.ts";
import { append, type Entries, takeOut } from "./entries.ts";
import { WRITING } from "./entry-columns.ts";

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
  readonly evictable: Slot[] = [];
  readonly #entries: Entries;
  #evictableBytes = 0;
  readonly #registry: FinalizationRegistry<Checksum>;
  /**
   * Objects with the same bytes as another one, which take turns: each is to be registered once. (Taking it out of the
   * registry instead would need a token for every buffer, which takes more memory than the entry.)
   */
  readonly #duplicates = new WeakSet<BufferLike>();

  /** @param onCollected - Called with the checksum of a buffer that was collected, long after or never. */
  constructor(entries: Entries, onCollected: (checksum: Checksum) => void) {
    this.#entries = entries;
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
  put(slot: Slot, buffer: BufferLike, length: number, held: boolean): void {
    this.#entries.setLength(slot, length);
    this.#observe(slot, buffer);
    if (held) this.#hold(slot, buffer);
    else this.weak.add(length);
  }

  /** Another object with the same bytes takes the place of a weak one. */
  replaceWeak(slot: Slot, buffer: BufferLike): void {
    const former = this.#entries.weak(slot)?.deref();
    this.#observe(slot, buffer);
    if (former !== undefined) this.#duplicates.add(former);
    this.#duplicates.add(buffer);
  }

  /** Weak to strong; false if the buffer has been collected. */
  promote(slot: Slot): boolean {
    const buffer = this.#entries.weak(slot)?.deref();
    if (buffer === undefined) return false;
    this.weak.remove(this.#entries.lengthOf(slot));
    this.#hold(slot, buffer);
    return true;
  }

  /** Strong to weak. */
  demote(slot: Slot): void {
    const entries = this.#entries;
    if (entries.buffer(slot) === undefined) return;
    const length = entries.lengthOf(slot);
    this.#exclude(slot);
    if (entries.has(slot, WRITING)) this.writing.remove(length);
    this.strong.remove(length);
    entries.setBuffer(slot, undefined);
    this.weak.add(length);
  }

  /** A weak buffer turned out to have been collected. */
  lose(slot: Slot): void {
    this.#entries.setWeak(slot, undefined);
    this.weak.remove(this.#entries.lengthOf(slot));
  }

  setWriting(slot: Slot, writing: boolean): void {
    const entries = this.#entries;
    if (entries.has(slot, WRITING) === writing) return;
    entries.mark(slot, WRITING, writing);
    if (entries.buffer(slot) === undefined) return;
    if (writing) this.writing.add(entries.lengthOf(slot));
    else this.writing.remove(entries.lengthOf(slot));
    this.classify(slot);
  }

  /** May it be evicted? To be asked after everything that bears on it. */
  classify(slot: Slot): void {
    const entries = this.#entries;
    if (entries.buffer(slot) === undefined) return;
    if (entries.isFixed(slot)) this.#exclude(slot);
    else if (entries.place(slot) === NONE) {
      append(entries, this.evictable, slot);
      this.#evictableBytes += entries.lengthOf(slot);
    }
  }

  /** An entry got another number. */
  moved(to: Slot): void {
    const entries = this.#entries;
    if (entries.buffer(to) !== undefined && entries.place(to) !== NONE) this.evictable[entries.place(to)] = to;
  }

  #hold(slot: Slot, buffer: BufferLike): void {
    const entries = this.#entries;
    const length = entries.lengthOf(slot);
    entries.setBuffer(slot, buffer);
    this.strong.add(length);
    if (entries.has(slot, WRITING)) this.writing.add(length);
    this.classify(slot);
  }

  #exclude(slot: Slot): void {
    const entries = this.#entries;
    if (entries.place(slot) === NONE) return;
    takeOut(entries, this.evictable, slot);
    this.#evictableBytes -= entries.lengthOf(slot);
  }

  #observe(slot: Slot, buffer: BufferLike): void {
    this.#entries.setWeak(slot, new WeakRef(buffer));
    if (!this.#duplicates.has(buffer)) this.#registry.register(buffer, this.#entries.checksum(slot));
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
