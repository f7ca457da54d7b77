import { Checksum } from "@seamless/checksum";

/** In bytes. */
const SIZE = 32;

/** Twice as many slots as entries, at least. */
const LOAD = 2;

/**
 * Many checksums, numbered as they are added, in about 44 bytes each: a `Set` of their hex would take three times as much. A
 * hash table with linear probing; checksums are random, so that their last bytes are the hash.
 */
export class ChecksumTable {
  #bytes = new Uint8Array(1024 * SIZE);
  /** Slot → number of the entry, and 1; 0 for an empty one. */
  #slots = new Uint32Array(1024 * LOAD);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @returns its number; that which it has already, if it was added before. */
  add(checksum: Checksum): number {
    const bytes = checksum.bytes();
    const slot = this.#slotOf(tailOf(bytes), (at) => bytes[at]!);
    const found = this.#slots[slot]!;
    if (found !== 0) return found - 1;
    if ((this.#size + 1) * SIZE > this.#bytes.byteLength) {
      this.#grow();
      return this.add(checksum);
    }
    this.#bytes.set(bytes, this.#size * SIZE);
    this.#slots[slot] = ++this.#size;
    return this.#size - 1;
  }

  /**
   * @param tail - The last four bytes, as a number.
   * @param byteAt - Gives each of the bytes.
   * @returns the number of a checksum; -1 if it is not there.
   */
  find(tail: number, byteAt: (at: number) => number): number {
    return this.#slots[this.#slotOf(tail, byteAt)]! - 1;
  }

  indexOf(checksum: Checksum): number {
    const bytes = checksum.bytes();
    return this.find(tailOf(bytes), (at) => bytes[at]!);
  }

  at(index: number): Checksum {
    return new Checksum(this.#bytes.slice(index * SIZE, (index + 1) * SIZE));
  }

  *[Symbol.iterator](): Generator<Checksum, void, undefined> {
    for (let index = 0; index < this.#size; index++) yield this.at(index);
  }

  /** Where it is, or would be. */
  #slotOf(tail: number, byteAt: (at: number) => number): number {
    const mask = this.#slots.length - 1;
    for (let slot = tail & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]!;
      if (entry === 0 || this.#holds(entry - 1, byteAt)) return slot;
    }
  }

  #holds(index: number, byteAt: (at: number) => number): boolean {
    const start = index * SIZE;
    // The last ones come first: the hash is not of all of them.
    for (let at = SIZE - 1; at >= 0; at--) if (this.#bytes[start + at] !== byteAt(at)) return false;
    return true;
  }

  #grow(): void {
    const bytes = new Uint8Array(this.#bytes.byteLength * 2);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#slots = new Uint32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let index = 0; index < this.#size; index++) {
      let slot = tailOf(bytes, index * SIZE) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = index + 1;
    }
  }
}

function tailOf(bytes: Uint8Array, start = 0): number {
  const at = start + SIZE - 4;
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
