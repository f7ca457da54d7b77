import { Checksum, type ChecksumLike } from "@seamless/checksum";

/** The first 32 bits, which checksums of all installed copies of `@seamless/checksum` keep. */
const WORD = Symbol.for("@seamless/checksum/word");
interface Key extends Checksum {
  readonly [WORD]: number;
}

/** Number of an entry: where in the columns of `EntryColumns` its fields are. */
export type Slot = number;

/** In place of the number of an entry that is not there. */
export const NONE = -1;

/** In buckets; a power of two. */
const SMALLEST = 16;
/** Buckets for one entry, at least: with fewer, searches become long. */
const ROOM = 4 / 3;
/** Buckets for one entry, at most, before there are made fewer of them. */
const TOO_MUCH_ROOM = 8;

/**
 * Which slot a checksum has: a hash table with open addressing and linear probing, in 32-bit numbers. A bucket is a pair of
 * them, the hash and the slot plus one, 0 where it is empty; so an entry takes 11 to 21 bytes, where a `Map` takes 29 to 58,
 * and there is no limit of 2²⁴ entries. The keys stay with the entries: a search looks at one only if its hash is right.
 *
 * The first 32 bits of a checksum, multiplied by a secret, are the hash: SHA-256 leaves nothing to mix, and the secret keeps
 * anybody from sending buffers that all get into one corner of the table. A search that finds the checksum object which is the
 * key does not look at its digits: they lie elsewhere in memory, and a `Map` of hex digits has to go there.
 */
export class ChecksumIndex {
  #buckets = new Int32Array(2 * SMALLEST);
  /** Of a hash, to get the number of its bucket. */
  #shift = 32 - Math.log2(SMALLEST);
  #size = 0;
  /** Odd, or 0 before it is needed: Workers have no random numbers while modules load. */
  #secret = 0;

  /**
   * @param keyed - The key of slot s is at `keyed[s * stride]`.
   * @returns `NONE` if it is not here.
   */
  find(checksum: Checksum, keyed: readonly unknown[], stride: number): Slot {
    const buckets = this.#buckets;
    const hash = Math.imul(wordOf(checksum), this.#secret);
    for (let at = (hash >>> this.#shift) << 1; ; at = (at + 2) & (buckets.length - 1)) {
      const slot = buckets[at + 1]! - 1;
      if (slot === NONE) return NONE;
      if (buckets[at] === hash && isSame(keyed[slot * stride] as Checksum, checksum)) return slot;
    }
  }

  /** A checksum that is not here gets a slot. */
  add(checksum: Checksum, slot: Slot): void {
    if (this.#secret === 0) this.#secret = (Math.random() * 2 ** 32) | 1;
    if (++this.#size * ROOM * 2 > this.#buckets.length) this.#resize(this.#buckets.length);
    this.#insert(Math.imul(wordOf(checksum), this.#secret), slot);
  }

  /** The slot that a checksum has is no longer its own. */
  delete(checksum: Checksum, slot: Slot): void {
    const buckets = this.#buckets;
    const mask = buckets.length - 1;
    let hole = this.#home(Math.imul(wordOf(checksum), this.#secret));
    while (buckets[hole + 1] !== slot + 1) hole = (hole + 2) & mask;
    // Those behind move up, unless that would take them in front of where a search for them begins.
    for (let at = (hole + 2) & mask; buckets[at + 1] !== 0; at = (at + 2) & mask) {
      if (((at - this.#home(buckets[at]!)) & mask) < ((at - hole) & mask)) continue;
      buckets[hole] = buckets[at]!;
      buckets[hole + 1] = buckets[at + 1]!;
      hole = at;
    }
    buckets[hole + 1] = 0;
    this.#size--;
  }

  /** All slots get other numbers, and buckets that are no longer needed go. */
  renumber(numbers: Int32Array): void {
    const buckets = this.#buckets;
    for (let at = 1; at < buckets.length; at += 2) {
      if (buckets[at] !== 0) buckets[at] = numbers[buckets[at]! - 1]! + 1;
    }
    let count = buckets.length / 2;
    while (count > SMALLEST && count > this.#size * TOO_MUCH_ROOM) count /= 2;
    if (count < buckets.length / 2) this.#resize(count);
  }

  #resize(count: number): void {
    const former = this.#buckets;
    this.#buckets = new Int32Array(2 * count);
    this.#shift = 32 - Math.log2(count);
    for (let at = 0; at < former.length; at += 2) {
      if (former[at + 1] !== 0) this.#insert(former[at]!, former[at + 1]! - 1);
    }
  }

  #insert(hash: number, slot: Slot): void {
    const buckets = this.#buckets;
    let at = this.#home(hash);
    while (buckets[at + 1] !== 0) at = (at + 2) & (buckets.length - 1);
    buckets[at] = hash;
    buckets[at + 1] = slot + 1;
  }

  /** Where a search begins. */
  #home(hash: number): number {
    return (hash >>> this.#shift) << 1;
  }
}

/** @throws {SeamlessError} `INVALID_ARGUMENT` if it is not a checksum. */
export function asChecksum(checksum: ChecksumLike): Checksum {
  // Every call of a cache comes here: looking for the brand would take a tenth of its time.
  const word = (checksum as Key | undefined)?.[WORD];
  return typeof word === "number" ? (checksum as Checksum) : new Checksum(checksum);
}

function wordOf(checksum: Checksum): number {
  return (checksum as Key)[WORD];
}

function isSame(a: Checksum, b: Checksum): boolean {
  return a === b || a.hex() === b.hex();
}
