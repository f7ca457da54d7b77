import type { BufferLike, Checksum } from "@seamless/checksum";
import { ChecksumIndex, NONE, type Slot } from "./checksum-index.ts";

/** Fields in `#objects`. */
const KEY = 0;
const BUFFER = 1;
const WEAK = 2;
const STATE = 3;
const OBJECTS = 4;

/** Fields in `#doubles`, */
const LENGTH = 0;
const COST = 1;
/** and of the same memory in `#integers`. */
const SCRATCH = 4;
const PLACE = 5;
const FADING = 6;
const BIRTH = 7;

const INTEGERS = 8;
const DOUBLES = INTEGERS / 2;

/** Flags, in the lower part of the state: the buffer waits to be written, */
export const WRITING = 1;
/** some store is known to have it, */
export const STORED = 2;
/** the listeners of `onReferenced` have been told of it, */
export const ANNOUNCED = 4;
/** only its cost is known, */
export const BARE = 8;
/** it has a fading reference, */
export const FADES = 16;
/** which is a scratch one, */
export const FADING_SCRATCH = 32;
/** it has counted scratch references. */
const SCRATCHED = 64;
/** The counted references that are not scratch are the upper part: this is one of them. A number can hold 2⁴⁶. */
const COUNTED = 128;

/** What is there is made larger by this factor: more would waste memory, less time. An array that grows by itself does by 1.5. */
const GROWTH = 1.125;
/** In scratch references of one buffer. What had more of them at once is held until they are purged. */
const MOST_SCRATCH = 2 ** 31 - 1;
/** In slots. */
const SMALLEST = 256;
/** With less than this part of the slots in use, memory is given back. */
const SPARSE = 1 / 4;

/**
 * The fields of all entries, by the number of the entry: its slot. Ten million of them must be affordable, and an object for
 * each would take more for its header, its boxed numbers and its place in a `Map` than its fields do. They are:
 *
 * | where | bytes | what |
 * |---|---|---|
 * | `#index` | 11–21 | from checksum to slot |
 * | `#objects` | 32 | checksum, strong buffer, `WeakRef`, state: flags and counted references in one number |
 * | `#doubles` | 16 | length, cost |
 * | `#integers` | 16 | scratch references, places in two lists, order of birth |
 * | the engine | 104 | the `WeakRef`, and what its `FinalizationRegistry` notes of a buffer |
 *
 * The fields of one entry lie side by side, since most of the time of a call goes by for what is not in the processor's
 * cache; `get`, `incref` and `decref` need only a bucket and one part of `#objects`. For the same reason the columns are not
 * cut into pages, which made a lookup a fifth slower, but grow by an eighth.
 *
 * The buffer is strong (`buffer` and `weak`), or weak (`weak` alone), or not here. The `WeakRef` is made once, when the
 * buffer comes in: it is dear to make, and evicting must not be. What few entries have (fading references, ways to compute
 * them) is not here but in lists and maps of its own. The key is the checksum that came first, which as a rule is
 * that of the buffer.
 */
export class EntryColumns {
  readonly #index = new ChecksumIndex();
  #objects: unknown[] = [];
  #doubles = new Float64Array(0);
  #integers = new Int32Array(0);
  /** How many slots were in use at once. */
  #slots = 0;
  /** The first of those that are free again, each of which has the next one as its place. */
  #free = NONE;
  #size = 0;
  #births = 0;
  /** What was found last: whoever registers a buffer often takes a reference next, and who takes one soon gives it back. */
  #recentKey: Checksum | undefined;
  #recent = NONE;
  /** How many loops go on in which slots must not get another entry, and which ones wait for their end. */
  #keepers = 0;
  readonly #kept: Slot[] = [];

  /** The slot of a checksum, or `NONE`. */
  find(checksum: Checksum): Slot {
    if (checksum === this.#recentKey) return this.#recent;
    const slot = this.#index.find(checksum, this.#objects, OBJECTS);
    if (slot !== NONE) {
      this.#recentKey = checksum;
      this.#recent = slot;
    }
    return slot;
  }

  /** All that have something, in the order in which they were made. */
  all(has: (slot: Slot) => boolean): Slot[] {
    const found: Slot[] = [];
    for (let slot = 0; slot < this.#slots; slot++) {
      if (this.isUsed(slot) && has(slot)) found.push(slot);
    }
    return this.sortByAge(found);
  }

  /** The oldest first; in place. */
  sortByAge(slots: Slot[]): Slot[] {
    // Of two numbers that went around, too, the difference is right.
    return slots.sort((a, b) => this.#age(b) - this.#age(a));
  }

  /** While it works, no slot gets another entry: for those who go on with slots after listeners had their turn. */
  keepSlots(work: () => void): void {
    this.#keepers++;
    try {
      work();
    } finally {
      this.#keepers--;
      if (this.#keepers === 0) for (const slot of this.#kept.splice(0)) this.#release(slot);
    }
  }

  /** Whether there is an entry: the slot is not free. */
  isUsed(slot: Slot): boolean {
    return this.#objects[slot * OBJECTS + KEY] !== undefined;
  }

  checksum(slot: Slot): Checksum {
    return this.#objects[slot * OBJECTS + KEY] as Checksum;
  }

  /** The buffer, if it is strong. */
  buffer(slot: Slot): BufferLike | undefined {
    return this.#objects[slot * OBJECTS + BUFFER] as BufferLike | undefined;
  }

  setBuffer(slot: Slot, buffer: BufferLike | undefined): void {
    this.#objects[slot * OBJECTS + BUFFER] = buffer;
  }

  weak(slot: Slot): WeakRef<BufferLike> | undefined {
    return this.#objects[slot * OBJECTS + WEAK] as WeakRef<BufferLike> | undefined;
  }

  setWeak(slot: Slot, weak: WeakRef<BufferLike> | undefined): void {
    this.#objects[slot * OBJECTS + WEAK] = weak;
  }

  /** In bytes; -1 while unknown. */
  lengthOf(slot: Slot): number {
    return this.#doubles[slot * DOUBLES + LENGTH]!;
  }

  setLength(slot: Slot, length: number): void {
    this.#doubles[slot * DOUBLES + LENGTH] = length;
  }

  /** Of getting the buffer back, in units; infinite when there is no way. */
  cost(slot: Slot): number {
    return this.#doubles[slot * DOUBLES + COST]!;
  }

  setCost(slot: Slot, cost: number): void {
    this.#doubles[slot * DOUBLES + COST] = cost;
  }

  /** Counted references, without the scratch ones. */
  counted(slot: Slot): number {
    return Math.floor((this.#objects[slot * OBJECTS + STATE] as number) / COUNTED);
  }

  /** Counted scratch references. */
  scratch(slot: Slot): number {
    return this.has(slot, SCRATCHED) ? this.#integers[slot * INTEGERS + SCRATCH]! : 0;
  }

  /** One counted reference more; returns whether it is the only one. */
  take(slot: Slot, scratch: boolean): boolean {
    const at = slot * OBJECTS + STATE;
    const state = this.#objects[at] as number;
    if (scratch) this.setScratch(slot, this.scratch(slot) + 1);
    else this.#objects[at] = state + COUNTED;
    return state < COUNTED && (state & SCRATCHED) === 0;
  }

  /** One counted reference less: any, or a scratch one; false if there is none. */
  giveBack(slot: Slot, scratch: boolean): boolean {
    const at = slot * OBJECTS + STATE;
    const state = this.#objects[at] as number;
    if ((state & SCRATCHED) !== 0 && (scratch || state < COUNTED)) {
      const count = this.scratch(slot);
      if (count < MOST_SCRATCH) this.setScratch(slot, count - 1);
    } else if (state >= COUNTED && !scratch) this.#objects[at] = state - COUNTED;
    else return false;
    return true;
  }

  setScratch(slot: Slot, scratch: number): void {
    this.#integers[slot * INTEGERS + SCRATCH] = Math.min(scratch, MOST_SCRATCH);
    this.mark(slot, SCRATCHED, scratch > 0);
  }

  /** Whether it has a counted reference, scratch or not. */
  isReferenced(slot: Slot): boolean {
    const state = this.#objects[slot * OBJECTS + STATE] as number;
    return state >= COUNTED || (state & SCRATCHED) !== 0;
  }

  /** Whether the buffer is wanted here: one that comes in is strong then. */
  isHeld(slot: Slot): boolean {
    const state = this.#objects[slot * OBJECTS + STATE] as number;
    return state >= COUNTED || (state & (SCRATCHED | FADES | WRITING)) !== 0;
  }

  /** Whether the buffer is to be written to stores: a reference to it is not scratch. */
  isForStores(slot: Slot): boolean {
    const state = this.#objects[slot * OBJECTS + STATE] as number;
    return state >= COUNTED || (state & (FADES | FADING_SCRATCH)) === FADES;
  }

  /** Whether it has at least one of some flags. */
  has(slot: Slot, flags: number): boolean {
    return ((this.#objects[slot * OBJECTS + STATE] as number) & flags) !== 0;
  }

  mark(slot: Slot, flag: number, on: boolean): void {
    const at = slot * OBJECTS + STATE;
    const state = this.#objects[at] as number;
    // Not by bits: the count above may have more than 32.
    if (((state & flag) !== 0) !== on) this.#objects[at] = state + (on ? flag : -flag);
  }

  /** Place in the list of what may be evicted, or in that of what has only a cost: no entry is in both. `NONE` if in neither. */
  place(slot: Slot): number {
    return this.#integers[slot * INTEGERS + PLACE]!;
  }

  setPlace(slot: Slot, place: number): void {
    this.#integers[slot * INTEGERS + PLACE] = place;
  }

  /** Place in the list of fading references, of what is in it. */
  fading(slot: Slot): number {
    return this.#integers[slot * INTEGERS + FADING]!;
  }

  setFading(slot: Slot, place: number): void {
    this.#integers[slot * INTEGERS + FADING] = place;
  }

  /** An entry for a checksum that has none. */
  protected add(checksum: Checksum): Slot {
    const slot = this.#allocate();
    const integers = this.#integers;
    const at = slot * INTEGERS;
    this.#objects[slot * OBJECTS + KEY] = checksum;
    this.#objects[slot * OBJECTS + STATE] = 0;
    this.#doubles[slot * DOUBLES + LENGTH] = -1;
    this.#doubles[slot * DOUBLES + COST] = Number.POSITIVE_INFINITY;
    integers[at + PLACE] = NONE;
    integers[at + BIRTH] = this.#births++;
    this.#index.add(checksum, slot);
    this.#size++;
    return slot;
  }

  /** Forgets an entry, which is in no list any more. */
  protected remove(slot: Slot): void {
    this.#index.delete(this.checksum(slot), slot);
    for (const field of [KEY, BUFFER, WEAK]) this.#objects[slot * OBJECTS + field] = undefined;
    this.#size--;
    this.#recentKey = undefined;
    if (this.#keepers > 0) this.#kept.push(slot);
    else this.#release(slot);
  }

  /**
   * Gives memory back when most slots are free: entries move to the first ones. To be called when nobody holds slots but those
   * who are told.
   */
  compact(onMoved: (from: Slot, to: Slot) => void): void {
    if (this.#keepers > 0 || this.#slots < SMALLEST || this.#size > this.#slots * SPARSE) return;
    const numbers = new Int32Array(this.#slots);
    let to = 0;
    for (let from = 0; from < this.#slots; from++) {
      if (!this.isUsed(from)) continue;
      numbers[from] = to;
      if (from !== to) {
        for (let i = 0; i < OBJECTS; i++) this.#objects[to * OBJECTS + i] = this.#objects[from * OBJECTS + i];
        this.#integers.copyWithin(to * INTEGERS, from * INTEGERS, (from + 1) * INTEGERS);
        onMoved(from, to);
      }
      to++;
    }
    this.#index.renumber(numbers);
    this.#recentKey = undefined;
    this.#slots = to;
    this.#free = NONE;
    this.#objects.length = to * OBJECTS;
    this.#makeRoom();
  }

  #allocate(): Slot {
    const free = this.#free;
    if (free !== NONE) {
      this.#free = this.place(free);
      return free;
    }
    if (this.#slots * OBJECTS === this.#objects.length) this.#makeRoom();
    return this.#slots++;
  }

  #release(slot: Slot): void {
    this.setPlace(slot, this.#free);
    this.#free = slot;
  }

  /** Gives the columns room for some slots more than there are. */
  #makeRoom(): void {
    const room = Math.max(SMALLEST, Math.ceil(this.#slots * GROWTH));
    // To set the length would turn a very long array into a dictionary.
    this.#objects = this.#objects.concat(new Array(room * OBJECTS - this.#objects.length).fill(undefined));
    const used = this.#doubles.subarray(0, this.#slots * DOUBLES);
    this.#doubles = new Float64Array(room * DOUBLES);
    this.#doubles.set(used);
    this.#integers = new Int32Array(this.#doubles.buffer);
  }

  #age(slot: Slot): number {
    return (this.#births - this.#integers[slot * INTEGERS + BIRTH]!) >>> 0;
  }
}
